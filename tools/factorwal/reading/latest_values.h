#pragma once
/// The latest values of every instrument. The order of acceptance decides, never a timestamp.

#include "reading/row.h"

namespace factorwal::tool {

class LatestValues {
 public:
  /// `columns` must outlive this.
  explicit LatestValues(Columns& columns) : columns_(columns) {}

  /// A snapshot replaces an instrument's values; a tick those of the tick before it, so that a
  /// factor that is removed has none any more; anything else adds to them.
  void apply(const LogRecord& record);
  /// A row for each instrument that has values, in order of the instruments' definition.
  bool emit(const RowSink& sink);

 private:
  void apply_tick(const LogRecord& record, Row& row, std::vector<bool>& by_tick);
  Columns& columns_;
  std::vector<Row> rows_;                   // by instrument; sequence 0 where there is none
  std::vector<std::vector<bool>> by_tick_;  // by instrument and column: a tick has set it last
};

}  // namespace factorwal::tool
