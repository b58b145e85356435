/// `factorwal archive`, and an archive met by `verify`, in a build without Apache Arrow.

#include <filesystem>

#include "archive.h"
#include "archive_beside.h"
#include "archive_check.h"
#include "archived_history.h"
#include "reading/text.h"
#include "table_opener.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr const char* kAbsent =
    "this factorwal was built without the archive: `scripts/setup archive` brings Apache Arrow, "
    "then configure and build again";

}  // namespace

ExitCode run_archive(const ArchiveCommandOptions&) { return report({Errc::kNotFound, kAbsent, 0}); }

struct ArchiveBeside::State {};

Status ArchiveBeside::announce(const std::string&, const std::string&) {
  return Error{Errc::kNotFound, kAbsent, 0};
}
Result<std::unique_ptr<ArchiveBeside>> ArchiveBeside::start(const std::string&,
                                                            const std::string&) {
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

/// Of the log alone; where it has been cut and there is an archive, that is said.
Result<std::unique_ptr<BatchStream>> open_history(const Reader& reader, const HistoryQuery& query,
                                                  const ArchivePlace& archive) {
  std::error_code failed;
  if (reader.first_sequence() > 1 && query.first_sequence < reader.first_sequence() &&
      query.data_set == DataSet::kTicks &&
      std::filesystem::exists(archive.of(reader) + "/MANIFEST.json", failed)) {
    say("records before sequence " + grouped(reader.first_sequence()) +
        " are in the archive only, which is not read: " + kAbsent);
  }
  auto history = reader.history(query);
  if (!history) return history.error();
  return std::unique_ptr<BatchStream>(std::make_unique<History>(std::move(*history)));
}

Result<Sequence> first_sequence(const Reader& reader, const ArchivePlace&) {
  return reader.first_sequence();
}

Result<TimestampNs> begin_of_day(std::int32_t day, const std::string& trading_day, const Reader&,
                                 const ArchivePlace&) {
  constexpr std::int64_t kDayNs = std::int64_t{86'400} * 1'000'000'000;
  if (!trading_day.empty()) return Error{Errc::kNotFound, kAbsent, 0};
  return day * kDayNs;
}

Status write_table_file(BatchStream&, TableFile, Output&) {
  return Error{Errc::kNotFound, kAbsent, 0};
}

feed::OpenTable table_opener() {
  return [](const std::string& path, const std::vector<std::size_t>&) -> Result<OwnedArrowStream> {
    return Error{Errc::kNotFound, path + ": is a Parquet or Arrow file; " + kAbsent, 0};
  };
}

}  // namespace factorwal::tool
