#pragma once
/// \file
/// One record of a file to one row of the run's schema.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/report.h"
#include "factorwal/types.h"
#include "feed/column_layout.h"
#include "feed/record_reader.h"
#include "feed/timestamp_reader.h"

namespace factorwal::feed {

/// The parts of a good row; views into the record and the parser.
struct ParsedRow {
  std::string_view instrument_id;
  TimestampNs timestamp_ns = 0;
  std::int64_t trading_day = 0;  ///< the column's digits; 0 without one
  std::span<double> values;
};

class RowParser {
 public:
  /// `field_columns`: for each field of the schema its column, or kNoColumn.
  RowParser(ColumnLayout layout, std::vector<std::size_t> field_columns, char delimiter,
            std::string instrument, TimestampReader stamps);

  /// kNone and the row, or what is wrong with it. Does not allocate for rows of the usual size.
  BadRow parse(Record& record, ParsedRow& row);
  /// What the last `parse` found wrong: `column "volume" (4): "abc" is not a number`.
  [[nodiscard]] std::string describe(BadRow fault) const;
  [[nodiscard]] const TimestampReader& stamps() const noexcept { return stamps_; }

 private:
  BadRow check_bytes(std::string_view text);
  BadRow parse_instrument(std::string_view& id);
  BadRow parse_stamp(TimestampNs& time_ns);
  BadRow fault_at(BadRow fault, std::size_t column, std::string_view value);
  [[nodiscard]] std::int64_t trading_day() const;

  ColumnLayout layout_;
  std::vector<std::size_t> field_columns_;
  char delimiter_;
  std::string instrument_;
  TimestampReader stamps_;
  std::vector<std::string_view> cells_;
  std::vector<double> values_;
  std::size_t fault_column_ = kNoColumn;
  std::string fault_value_;
};

}  // namespace factorwal::feed
