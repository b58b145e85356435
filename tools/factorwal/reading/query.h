#pragma once
/// `factorwal query`: rows out of archive and log.

#include <cstdint>
#include <optional>
#include <string>

#include "exit_code.h"
#include "factorwal/column_batch.h"
#include "reading/row_printer.h"
#include "reading/selection.h"
#include "reading/time_text.h"

namespace factorwal::tool {

struct QueryOptions {
  std::string directory;
  Selection selection;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> limit;
  bool latest = false;
  std::optional<Sequence> as_of;  ///< records above it do not count
  bool sequence = false;
  bool durable = false;
  std::string format = "table";     ///< table, csv, json, arrow or parquet
  std::optional<DataSet> data_set;  ///< rows as it has them; none: ticks and updates as one table
  std::optional<AskedTime> from;    ///< inclusive
  std::optional<AskedTime> to;      ///< exclusive
  std::string trading_day;          ///< as TradingDays; empty: as the archive has it
  std::string archive;              ///< empty: `archive` in the directory
};

ExitCode run_query(const QueryOptions& options);

}  // namespace factorwal::tool
