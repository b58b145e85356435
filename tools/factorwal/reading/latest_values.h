#pragma once
/// The latest values of every instrument. The order of acceptance decides, never a timestamp.

#include "reading/row.h"

namespace factorwal::tool {

class LatestValues {
 public:
  /// `columns` must outlive this.
  explicit LatestValues(Columns& columns) : columns_(columns) {}

  /// A snapshot replaces an instrument's values, a tick those of the tick before it (a factor that
  /// is removed has none any more); anything else adds to them.
  void apply(const LogRecord& record);
  /// A row for each instrument that has values, in order of the instruments' definition.
  bool emit(const RowSink& sink);

 private:
  void set_of_tick(std::size_t index, std::span<const double> values,
                   const std::vector<std::uint32_t>& columns);

  Columns& columns_;
  std::vector<std::vector<std::uint32_t>> of_tick_;  // by instrument: columns that its tick has set
  std::vector<Row> rows_;  // by instrument; sequence 0 where there is none
};

}  // namespace factorwal::tool
