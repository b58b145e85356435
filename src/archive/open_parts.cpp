#include "archive/open_parts.h"

#include <algorithm>

namespace factorwal::archive {
namespace {

/// A manifest is replaced right after an exchange: a reader that loses this race again and again
/// reads an archive that is broken.
constexpr int kTries = 20;

/// Opens all wanted files; kNotFound at one that is not there.
Status open_all(Storage& storage, const std::string& directory,
                const std::function<bool(const ManifestFile&)>& wanted, OpenArchive& archive) {
  archive.parts.clear();
  for (const auto& file : archive.manifest.files) {
    if (!wanted(file)) continue;
    const auto path = directory + "/" + file.path();
    auto content = storage.open(path);
    if (!content) return content.error();
    archive.parts.push_back({file, path, std::move(*content)});
  }
  return {};
}

}  // namespace

Result<OpenArchive> open_parts(Storage& storage, const std::string& directory,
                               const std::function<bool(const ManifestFile&)>& wanted) {
  Error last;
  for (int i = 0; i < kTries; ++i) {
    auto manifest = read_manifest(storage, directory);
    if (!manifest) return manifest.error();
    OpenArchive archive{std::move(*manifest), {}};
    auto status = open_all(storage, directory, wanted, archive);
    if (!status && status.error().code == Errc::kNotFound && archive.manifest.compaction) {
      // A crash after the exchange leaves the manifest as it was before.
      archive.manifest.apply_compaction();
      status = open_all(storage, directory, wanted, archive);
    }
    if (status) {
      std::sort(archive.parts.begin(), archive.parts.end(),
                [](const OpenPart& a, const OpenPart& b) {
                  return a.file.summary.sequence_min < b.file.summary.sequence_min;
                });
      return archive;
    }
    last = status.error();
    if (last.code != Errc::kNotFound) return last;
  }
  return Error{Errc::kCorruption, last.message + ": the archive's manifest names it"};
}

}  // namespace factorwal::archive
