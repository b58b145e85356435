/// `factorwal archive`, and an archive met by `verify`, in a build without Apache Arrow.

#include <filesystem>

#include "archive.h"
#include "archive_beside.h"
#include "archive_check.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr const char* kAbsent =
    "this factorwal was built without the archive: `scripts/setup archive` brings Apache Arrow, "
    "then configure and build again";

}  // namespace

ExitCode run_archive(const ArchiveCommandOptions&) { return report({Errc::kNotFound, kAbsent, 0}); }

struct ArchiveBeside::State {};

Result<std::unique_ptr<ArchiveBeside>> ArchiveBeside::start(const std::string&) {
  return Error{Errc::kNotFound, kAbsent, 0};
}
ArchiveBeside::~ArchiveBeside() = default;
Result<Sequence> ArchiveBeside::finish(bool) { return Error{Errc::kNotFound, kAbsent, 0}; }

Result<std::optional<ArchiveCheck>> check_archive(const std::string& directory) {
  std::error_code failed;
  if (std::filesystem::exists(directory + "/archive/MANIFEST.json", failed)) {
    say(directory + "/archive is not checked: " + kAbsent);
  }
  return std::optional<ArchiveCheck>{};
}

}  // namespace factorwal::tool
