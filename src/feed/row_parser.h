#pragma once
/// \file
/// One record of a file to one row of the run's schema.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "factorwal/feed/report.h"
#include "factorwal/types.h"
#include "feed/bytes/record_reader.h"
#include "feed/columns/column_layout.h"
#include "feed/field_rule.h"
#include "feed/parsed_row.h"
#include "feed/times/timestamp_reader.h"

namespace factorwal::feed {

class RowParser {
 public:
  /// `field_columns`: for each field of the schema its column, or kNoColumn.
  RowParser(ColumnLayout layout, std::vector<std::size_t> field_columns, char delimiter,
            std::string instrument, TimestampReader stamps);

  /// One for each field.
  void set_rules(std::vector<FieldRule> rules);
  /// A cell of a column that nobody asked for was no number, and is missing: its column, once.
  [[nodiscard]] std::size_t take_odd_column() noexcept {
    return std::exchange(odd_column_, kNoColumn);
  }

  /// kNone and the row, or what is wrong with it. Does not allocate for rows of the usual size.
  BadRow parse(Record& record, ParsedRow& row);
  /// What the last `parse` found wrong: `column "volume" (4): "abc" is not a number`.
  [[nodiscard]] std::string describe(BadRow fault) const;
  /// `exchange+symbol`, as the header calls both; empty where the layout has no exchange.
  [[nodiscard]] std::string exchange_and_id() const { return layout_.exchange_and_id(); }
  /// The beginning of the cell that the last `parse` found wrong.
  [[nodiscard]] const std::string& fault_value() const noexcept { return fault_value_; }
  /// The name of the (first) column of the stamp.
  [[nodiscard]] const std::string& stamp_column() const {
    return layout_.header[layout_.stamp.front()];
  }
  [[nodiscard]] const TimestampReader& stamps() const noexcept { return stamps_; }

 private:
  BadRow check_bytes(std::string_view text);
  BadRow parse_value(std::size_t field);
  BadRow parse_instrument(std::string_view& id);
  BadRow parse_stamp(TimestampNs& time_ns);
  BadRow fault_at(BadRow fault, std::size_t column, std::string_view value);
  [[nodiscard]] std::int64_t trading_day() const;

  ColumnLayout layout_;
  /// A field that the file has.
  struct FilledField {
    std::size_t column = 0;
    std::size_t index = 0;              ///< of the schema
    bool takes_short_decimals = false;  ///< as of its rule
  };
  std::vector<std::size_t> field_columns_;
  std::vector<FilledField> filled_;
  char delimiter_;
  std::string instrument_;
  std::string joined_id_;
  TimestampReader stamps_;
  std::vector<std::string_view> cells_;
  std::vector<double> values_;
  std::vector<FieldRule> rules_;
  std::size_t odd_column_ = kNoColumn;
  std::size_t fault_column_ = kNoColumn;
  std::string fault_value_;
};

}  // namespace factorwal::feed
