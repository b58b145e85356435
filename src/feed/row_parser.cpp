#include "feed/row_parser.h"

#include <algorithm>
#include <array>
#include <limits>

#include "factorwal/operators/missing.h"

#include "feed/bad_cell.h"
#include "feed/bytes/cells.h"
#include "feed/bytes/utf8_scan.h"
#include "feed/joined_id.h"
#include "feed/limits.h"
#include "feed/number.h"
#include "feed/printable.h"
#include "feed/short_decimal.h"

namespace factorwal::feed {

RowParser::RowParser(ColumnLayout layout, std::vector<std::size_t> field_columns, char delimiter,
                     std::string instrument, TimestampReader stamps)
    : layout_(std::move(layout)),
      field_columns_(std::move(field_columns)),
      delimiter_(delimiter),
      instrument_(std::move(instrument)),
      stamps_(std::move(stamps)),
      values_(field_columns_.size(), std::numeric_limits<double>::quiet_NaN()) {
  cells_.reserve(layout_.header.size() + 1);
}

void RowParser::set_rules(std::vector<FieldRule> rules) {
  rules_ = std::move(rules);
  filled_.clear();
  for (std::size_t i = 0; i < field_columns_.size(); ++i) {
    if (field_columns_[i] == kNoColumn) continue;
    filled_.push_back({field_columns_[i], i, rules_[i].takes_short_decimals()});
  }
}

BadRow RowParser::fault_at(BadRow fault, std::size_t column, std::string_view value) {
  fault_column_ = column;
  // More than `printable` shows, so that it can say that something was cut.
  constexpr std::size_t kKeptBytes = 64;
  fault_value_.assign(value.substr(0, kKeptBytes));
  return fault;
}

BadRow RowParser::check_bytes(std::string_view text) {
  if (!has_odd_bytes(text)) return BadRow::kNone;
  if (text.find('\0') != std::string_view::npos) return fault_at(BadRow::kNulByte, kNoColumn, text);
  return is_utf8(text) ? BadRow::kNone : fault_at(BadRow::kInvalidUtf8, kNoColumn, text);
}

BadRow RowParser::parse(Record& record, ParsedRow& row) {
  const std::string_view text(record.text.data(), record.text.size());
  if (record.too_long) return fault_at(BadRow::kLineTooLong, kNoColumn, text);
  if (const BadRow bad = check_bytes(text); bad != BadRow::kNone) return bad;
  if (record.bad_quotes) return fault_at(BadRow::kBadQuoting, kNoColumn, text);
  if (record.has_quotes) {
    split_quoted(record.text, delimiter_, cells_);
  } else {
    split_plain(text, delimiter_, cells_);
  }
  if (cells_.size() != layout_.header.size()) {
    return fault_at(BadRow::kColumnCount, kNoColumn, text);
  }
  if (const BadRow bad = parse_instrument(row.instrument_id); bad != BadRow::kNone) return bad;
  if (const BadRow bad = parse_stamp(row.timestamp_ns); bad != BadRow::kNone) return bad;
  for (const FilledField& field : filled_) {
    const std::string_view cell = cells_[field.column];
    // Most cells, without a detour. What stands before a cell in its line is there to be read.
    const auto readable = static_cast<std::size_t>(cell.data() + cell.size() - text.data());
    if (field.takes_short_decimals && readable >= kShortDecimalBytes &&
        parse_short_decimal(cell, values_[field.index])) {
      continue;
    }
    if (const BadRow bad = parse_value(field.index); bad != BadRow::kNone) return bad;
  }
  if (layout_.exchange != kNoColumn) row.exchange = cells_[layout_.exchange];
  row.trading_day = layout_.trading_day == kNoColumn ? 0 : trading_day();
  row.values = values_;
  return BadRow::kNone;
}

BadRow RowParser::parse_value(std::size_t field) {
  const std::size_t column = field_columns_[field];
  const std::string_view cell = cells_[column];
  const FieldRule& rule = rules_[field];
  double& value = values_[field];
  if (cell.empty()) {
    value = kMissing;
    return BadRow::kNone;
  }
  const bool number = rule.kind == CellKind::kNumber ? parse_number(cell, rule.form, value)
                                                     : parse_word(rule.kind, cell, value);
  if (!number && rule.required) return fault_at(BadRow::kNotANumber, column, cell);
  if (!number) {
    value = kMissing;
    odd_column_ = column;
    static_cast<void>(fault_at(BadRow::kNotANumber, column, cell));
  }
  value = rule.value_of(value);
  return BadRow::kNone;
}

BadRow RowParser::parse_instrument(std::string_view& id) {
  if (layout_.instrument.empty()) {
    id = instrument_;
    return BadRow::kNone;
  }
  const auto cell = [&](std::size_t column) { return cells_[column]; };
  const JoinedId found = join_id(layout_, cell, joined_id_);
  id = found.text;
  return found.fault == BadRow::kNone ? BadRow::kNone : fault_at(found.fault, found.column, id);
}

BadRow RowParser::parse_stamp(TimestampNs& time_ns) {
  std::array<std::string_view, kStampColumnsMax> parts;
  for (std::size_t i = 0; i < layout_.stamp.size(); ++i) parts[i] = layout_.stamp_cell(i, cells_);
  const std::span<const std::string_view> cells(parts.data(), layout_.stamp.size());
  const BadRow bad = stamps_.read(cells, time_ns);
  if (bad == BadRow::kNone) return bad;
  std::string text;
  for (const std::string_view cell : cells) {
    if (!text.empty()) text += ' ';
    text += trimmed(cell);
  }
  const bool day_is_told = layout_.stamp.front() == kNoColumn;
  return fault_at(bad, day_is_told ? layout_.stamp.back() : layout_.stamp.front(), text);
}

std::int64_t RowParser::trading_day() const {
  std::int64_t day = 0;
  for (const char c : cells_[layout_.trading_day]) {
    if (c >= '0' && c <= '9' && day < 1'000'000'000'000) day = day * 10 + (c - '0');
  }
  return day == 0 ? kSameTradingDay : day;
}

std::string RowParser::describe(BadRow fault) const {
  const std::string value = in_quotes(fault_value_);
  switch (fault) {
    case BadRow::kNone: return {};
    case BadRow::kColumnCount:
      return std::to_string(cells_.size()) + " columns where the header has " +
             std::to_string(layout_.header.size()) + ": " + value;
    case BadRow::kInvalidUtf8: return "invalid UTF-8: " + value;
    case BadRow::kNulByte: return "NUL byte: " + value;
    case BadRow::kLineTooLong:
      return "line over " + std::to_string(kMaxLineBytes) + " bytes: " + value;
    case BadRow::kBadQuoting: return "a quote that does not close its cell: " + value;
    default:
      return feed::describe(fault, BadCell{layout_.header[fault_column_], fault_column_,
                                           fault_value_, form_text(stamps_.plan())});
  }
}

}  // namespace factorwal::feed
