#include "feed/columns/sample_columns.h"

#include <algorithm>
#include <cstdint>

#include "feed/columns/column_layout.h"
#include "feed/columns/column_names.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

std::size_t column_numbered(std::size_t column_count, std::string_view name) {
  if (name.size() < 2 || name.size() > 5 || name.front() != '#') return kNoColumn;
  if (whole_digits(name.substr(1)) != name.size() - 1) return kNoColumn;
  const std::int64_t number = digits_value(name.substr(1));
  const bool there = number >= 1 && number <= static_cast<std::int64_t>(column_count);
  return there ? static_cast<std::size_t>(number - 1) : kNoColumn;
}

}  // namespace

template <class Parse>
bool SampleColumns::fit(std::size_t column, Parse parse) const {
  return std::all_of(sample_.begin(), sample_.end(), [&](const auto& row) {
    double value = 0;
    return column >= row.size() || parse(row[column], value);
  });
}

std::optional<CellKind> SampleColumns::kind_of(std::size_t column, std::string_view field) const {
  const bool numbers = has_numbers(column);
  const auto filled = [](const std::string&) { return true; };
  if (numbers && mostly(column, filled, false)) return CellKind::kNumber;
  if (names_a_side(header_[column]) || names_a_side(field)) {
    const bool sides =
        fit(column, [](const std::string& cell, double& value) { return parse_side(cell, value); });
    if (sides) return CellKind::kSide;
  }
  if (numbers) return CellKind::kNumber;
  // A lone T may be anything, but for a column whose name asks a question.
  const std::string name = snake_case(header_[column]);
  const bool asks = name.starts_with("is_") || name.starts_with("has_");
  const bool flags = fit(column, [&](const std::string& cell, double& value) {
    return parse_flag(cell, asks, value);
  });
  if (flags) return CellKind::kFlag;
  return std::nullopt;
}

std::size_t find_column(std::span<const std::string> header, const std::string& name) {
  if (const std::size_t column = column_numbered(header.size(), name); column != kNoColumn) {
    return column;
  }
  auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) {
    found = std::find_if(header.begin(), header.end(), [&](const std::string& candidate) {
      return snake_case(candidate) == snake_case(name);
    });
  }
  return found == header.end() ? kNoColumn : static_cast<std::size_t>(found - header.begin());
}

}  // namespace factorwal::feed
