#pragma once
/// Factor values of a batch of ticks, in the order of the ticks.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "factorwal/feed/report.h"
#include "factorwal/feed/stream.h"
#include "tables/table_chunk.h"

namespace factorwal::python {

/// What process_many and compute give: columns `instrument_id`, `timestamp` and one a factor.
struct Table {
  std::vector<std::shared_ptr<const TableChunk>> chunks;  ///< at least one, perhaps without rows
  std::uint64_t rows = 0;
  std::vector<std::string> columns;
  std::optional<Ticket> ticket;  ///< of the last tick; none without ticks, or without a log
  feed::FeedReport report;
  /// Columns of the table that are no fields of the engine, and fields that it lacks.
  std::vector<std::string> notes;
};

/// Fills a table, batch after batch. Touches no Python object.
class TableBuilder {
 public:
  explicit TableBuilder(const std::vector<std::string>& factors);
  /// The first `count` rows of `ticks`, and their values, one row after another.
  void add(const feed::TickBatch& ticks, std::size_t count, std::span<const double> values);
  [[nodiscard]] Table finish();

 private:
  void finish_chunk();

  std::size_t width_;
  std::size_t next_rows_;
  std::shared_ptr<TableChunk> chunk_;
  TableChunk::Ids ids_;
  Table table_;
};

}  // namespace factorwal::python
