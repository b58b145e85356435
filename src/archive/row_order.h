#pragma once
/// Rows in the order of files: by day, instrument, timestamp, sequence.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "factorwal/archive_options.h"
#include "factorwal/column_batch.h"

namespace factorwal::archive {

/// A row of some batches.
struct Place {
  std::uint32_t batch = 0;
  std::uint32_t row = 0;
};

/// Rows of one instrument and day, by timestamp, then sequence; no timestamp comes first.
struct InstrumentDay {
  std::int32_t day = 0;
  std::string instrument;
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct RowOrder {
  std::vector<Place> places;
  std::vector<InstrumentDay> runs;  ///< by day, then instrument, bytes compared
};

/// Requires: rows of each batch, and batch after batch, ascend in sequence.
[[nodiscard]] RowOrder order_rows(std::span<const ColumnBatch> batches,
                                  const TradingDays& trading_days);
/// As `order_rows`, all as if of one day.
[[nodiscard]] RowOrder order_rows_of_day(std::span<const ColumnBatch> batches, std::int32_t day);

}  // namespace factorwal::archive
