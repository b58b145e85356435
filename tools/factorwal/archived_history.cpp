#include "archived_history.h"

#include <filesystem>

#include "factorwal/archive.h"
#include "factorwal/full_history.h"
#include "factorwal/table_file.h"

namespace factorwal::tool {

Result<std::unique_ptr<BatchStream>> open_history(const Reader& reader, const HistoryQuery& query,
                                                  const ArchivePlace& archive) {
  if (archive.none()) {
    auto log = reader.history(query);
    if (!log) return log.error();
    return std::unique_ptr<BatchStream>(std::make_unique<History>(std::move(*log)));
  }
  FullHistoryOptions options;
  options.archive_directory = archive.of(reader);
  std::error_code failed;
  options.memory.scratch_directory = std::filesystem::temp_directory_path(failed).string();
  auto history = FullHistory::open(reader, query, options);
  if (!history && history.error().code == Errc::kNotFound) {
    return Error{Errc::kNotFound, history.error().message + ": --archive DIR, or --archive none",
                 0};
  }
  if (!history) return history.error();
  return std::unique_ptr<BatchStream>(std::make_unique<FullHistory>(std::move(*history)));
}

Result<Sequence> first_sequence(const Reader& reader, const ArchivePlace& archive) {
  if (archive.none()) return reader.first_sequence();
  const auto mark = read_archive_mark(archive.of(reader));
  if (!mark && mark.error().code != Errc::kNotFound) return mark.error();
  const bool holds = mark && mark->archived_sequence >= mark->first_sequence;
  return holds ? mark->first_sequence : reader.first_sequence();
}

Result<TimestampNs> begin_of_day(std::int32_t day, const std::string& trading_day,
                                 const Reader& reader, const ArchivePlace& archive) {
  if (!trading_day.empty()) {
    const auto days = TradingDays::parse(trading_day);
    if (!days) return days.error();
    return days->begin_of(day);
  }
  const auto mark = read_archive_mark(archive.of(reader));
  if (!mark && mark.error().code != Errc::kNotFound) return mark.error();
  return (mark ? mark->days : TradingDays()).begin_of(day);
}

Status write_table_file(BatchStream& rows, TableFile format, Output& out) {
  const auto sink = [&](std::span<const std::byte> bytes) -> Status {
    out << std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (auto done = out.status(); !done) return done;
    if (!out.open()) return Error{Errc::kClosed, "nobody reads standard output any more", 0};
    return {};
  };
  auto done = write_table(
      rows, format == TableFile::kArrow ? TableFormat::kArrow : TableFormat::kParquet, sink);
  out.flush();
  if (!done && out.status() && !out.open()) return {};  // `| head`
  return done;
}

}  // namespace factorwal::tool
