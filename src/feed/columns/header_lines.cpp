#include "feed/columns/header_lines.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "feed/columns/column_names.h"
#include "feed/number.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {
namespace {

using Row = std::vector<std::string>;

/// As --header takes it, without a shell's help.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

bool has_number(const Row& row) {
  return std::any_of(row.begin(), row.end(), [](const std::string& cell) {
    double value = 0;
    return parse_number(cell, value) && value == value;
  });
}

/// The name that all columns but the first have in a line: there is one instrument.
std::optional<std::string> common_name(const Row& row) {
  if (row.size() < 2 || !is_plain_name(row[1])) return std::nullopt;
  const bool same = std::all_of(row.begin() + 1, row.end(),
                                [&](const std::string& cell) { return cell == row[1]; });
  return same ? std::optional(row[1]) : std::nullopt;
}

bool names_a_stamp(const std::string& cell) {
  const ColumnRole role = role_of(cell).role;
  return role == ColumnRole::kStamp || role == ColumnRole::kDate || role == ColumnRole::kTimeOfDay;
}

}  // namespace

std::string several_header_lines(std::span<const std::string> header, std::uint64_t header_line,
                                 std::span<const Row> sample, const FeedWords& words) {
  constexpr std::size_t kLinesMax = 3;
  std::size_t more = 0;
  while (more < sample.size() && more <= kLinesMax && !has_number(sample[more])) ++more;
  if (more == 0 || more > kLinesMax || more == sample.size()) return {};
  if (header.empty() || !is_dated(sample[more].front())) return {};
  std::string stamp;
  std::optional<std::string> instrument;
  for (const Row& row : sample.first(more)) {
    if (names_a_stamp(row.front())) stamp = row.front();
    if (const auto name = common_name(row)) instrument = name;
  }
  if (stamp.empty() || !instrument) return {};
  std::string names = stamp;
  for (const std::string& name : header.subspan(1)) {
    // With a space in it, a name has to be quoted; what nobody needs, is not proposed.
    std::string plain = snake_case(name);
    if (!is_plain_name(plain)) return {};
    names += "," + (is_plain_name(name) ? name : plain);
  }
  return words.skip_lines + " " + std::to_string(header_line + more) + " " + words.header + " " +
         names + " " + words.instrument + " " + *instrument;
}

}  // namespace factorwal::feed
