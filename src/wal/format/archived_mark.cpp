#include "wal/format/archived_mark.h"

#include "base/caught_error.h"
#include "base/crc32c.h"
#include "factorwal/archived.h"
#include "wal/format/manifest.h"

namespace factorwal::wal {
namespace {

constexpr std::string_view kMarkMagic = "FWALARC\n";
constexpr std::size_t kMarkCheckedFrom = 12;
constexpr std::size_t kMarkBytes = 40;
constexpr std::uint32_t kMarkVersion = 1;

Error bad_mark(const std::string& path, std::string_view what) {
  return {
      Errc::kCorruption,
      path + ": " + std::string(what) +
          "; retention cuts nothing; the next run of the archiver that finds all of its archive "
          "writes it anew",
      0};
}

}  // namespace

Result<std::optional<Sequence>> load_archived_mark(FileSystem& files, const std::string& directory,
                                                   const Identity& own) {
  const auto path = join_path(directory, kArchivedName);
  const auto bytes = read_file(files, path, kMarkBytes);
  if (!bytes) {
    if (bytes.error().code == Errc::kNotFound) return std::optional<Sequence>{};
    return bytes.error();
  }
  Cursor cursor(*bytes);
  const auto magic = cursor.bytes(kMarkMagic.size());
  const auto checksum = cursor.get<std::uint32_t>();
  const auto version = cursor.get<std::uint32_t>();
  const auto directory_bytes = cursor.bytes(sizeof(Identity));
  const auto sequence = cursor.get<std::uint64_t>();
  if (!cursor.ok() || as_text(magic) != kMarkMagic) return bad_mark(path, "no mark of an archive");
  if (crc32c(ByteView(*bytes).subspan(kMarkCheckedFrom)) != checksum) {
    return bad_mark(path, "checksum does not hold");
  }
  if (version != kMarkVersion) return bad_mark(path, "of another version");
  if (!std::ranges::equal(directory_bytes, own)) {
    return bad_mark(path, "it belongs to another data directory");
  }
  return std::optional(sequence);
}

Status store_archived_mark(FileSystem& files, const std::string& directory, const Identity& own,
                           Sequence sequence) {
  Bytes bytes(kMarkCheckedFrom);
  put(bytes, kMarkVersion);
  bytes.insert(bytes.end(), own.begin(), own.end());
  put(bytes, sequence);
  std::ranges::copy(std::as_bytes(std::span(kMarkMagic)), bytes.begin());
  store(bytes.data() + kMarkMagic.size(), crc32c(ByteView(bytes).subspan(kMarkCheckedFrom)));
  return replace_file(files, directory, kArchivedName, bytes);
}

}  // namespace factorwal::wal

namespace factorwal {

Result<std::optional<Sequence>> archived_sequence(const std::string& directory) try {
  auto& files = posix_file_system();
  const auto manifest = wal::load_manifest(files, directory);
  if (!manifest) return manifest.error();
  return wal::load_archived_mark(files, directory, manifest->directory);
} catch (...) {
  return caught_error();
}

Status set_archived(const std::string& directory, Sequence sequence) try {
  auto& files = posix_file_system();
  const auto manifest = wal::load_manifest(files, directory);
  if (!manifest) return manifest.error();
  return wal::store_archived_mark(files, directory, manifest->directory, sequence);
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
