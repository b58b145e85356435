#pragma once
/// One row of a result: a tick, or the updates of one instrument and time whose sequences follow
/// one another.

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "factorwal/record.h"
#include "reading/columns.h"

namespace factorwal::tool {

struct Row {
  InstrumentHandle instrument;
  std::string_view instrument_id;  ///< valid as long as the log's names
  TimestampNs timestamp_ns = kNoTimestamp;
  Sequence sequence = 0;       ///< of its last record
  std::vector<double> values;  ///< by column; NaN is missing
  /// Cells that are vectors: column and values.
  std::vector<std::pair<std::uint32_t, std::vector<double>>> vectors;

  void clear(std::size_t columns) {
    values.assign(columns, std::numeric_limits<double>::quiet_NaN());
    vectors.clear();
  }
  /// Further columns may have come up.
  void fit(std::size_t columns) {
    values.resize(columns, std::numeric_limits<double>::quiet_NaN());
  }
  [[nodiscard]] const std::vector<double>* vector_at(std::size_t column) const {
    for (const auto& [at, values_there] : vectors) {
      if (at == column) return &values_there;
    }
    return nullptr;
  }
};

/// Takes a row; false: no more, please.
using RowSink = std::function<bool(Row&)>;

/// Makes rows of records.
class RowBuilder {
 public:
  /// Both must outlive the builder.
  RowBuilder(Columns& columns, const RowSink& sink) : columns_(columns), sink_(sink) {}

  /// The next record in order. False when the sink wants no more.
  bool add(const LogRecord& record);
  /// Gives out the row under construction. Records after it begin a new one.
  bool finish();
  [[nodiscard]] bool pending() const noexcept { return pending_; }

 private:
  bool add_tick(const LogRecord& record);
  bool add_update(const LogRecord& record);
  void begin(const LogRecord& record);

  Columns& columns_;
  const RowSink& sink_;
  Row row_;
  bool pending_ = false;               // row_ is of updates, and may get more of them
  std::size_t cells_ = 0;              // columns set in it
  std::uint64_t count_ = 1;            // rows begun
  std::vector<std::uint64_t> set_in_;  // factor handle -> the row that has it
};

}  // namespace factorwal::tool
