#pragma once
/// History out of archive and log, where the tool is built with the archive; else out of the log.

#include <memory>
#include <string>

#include "exit_code.h"
#include "factorwal/history.h"
#include "factorwal/reader.h"
#include "reading/output.h"

namespace factorwal::tool {

/// Where a log's archive is; empty: `archive` in its directory; "none": it is not read.
struct ArchivePlace {
  std::string directory;
  [[nodiscard]] bool none() const { return directory == "none"; }
  [[nodiscard]] std::string of(const Reader& reader) const {
    return directory.empty() ? reader.directory() + "/archive" : directory;
  }
};

[[nodiscard]] Result<std::unique_ptr<BatchStream>> open_history(const Reader& reader,
                                                                const HistoryQuery& query,
                                                                const ArchivePlace& archive);

/// The first record that is in archive or log; 0 when there is none.
[[nodiscard]] Result<Sequence> first_sequence(const Reader& reader, const ArchivePlace& archive);

/// The first time of a trading day: by `trading_day` as TradingDays, or, when that is empty, as the
/// archive has it, or else in UTC.
[[nodiscard]] Result<TimestampNs> begin_of_day(std::int32_t day, const std::string& trading_day,
                                               const Reader& reader, const ArchivePlace& archive);

enum class TableFile : std::uint8_t { kArrow, kParquet };

/// Writes all rows to `out`. kNotFound in a build without the archive.
[[nodiscard]] Status write_table_file(BatchStream& rows, TableFile format, Output& out);

}  // namespace factorwal::tool
