#include "feed/column_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <vector>

#include "factorwal/tick.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

struct Names {
  ColumnRole role;
  std::span<const std::string_view> names;  ///< best first
};

constexpr auto kInstrument = std::to_array<std::string_view>(
    {"instrument_id", "instrument", "symbol", "code", "ticker", "contract", "inst_id"});
constexpr auto kStamp = std::to_array<std::string_view>(
    {"timestamp_ns", "timestamp", "timestamp_us", "timestamp_ms", "datetime", "date_time", "ts"});
constexpr auto kDate =
    std::to_array<std::string_view>({"date", "action_day", "trading_day", "trading_date"});
constexpr auto kTimeOfDay = std::to_array<std::string_view>({"time", "update_time"});
constexpr auto kMilliseconds =
    std::to_array<std::string_view>({"update_millisec", "millisec", "milliseconds"});
constexpr auto kRoles = std::to_array<Names>({{ColumnRole::kInstrument, kInstrument},
                                              {ColumnRole::kStamp, kStamp},
                                              {ColumnRole::kDate, kDate},
                                              {ColumnRole::kTimeOfDay, kTimeOfDay},
                                              {ColumnRole::kMilliseconds, kMilliseconds}});

}  // namespace

std::string snake_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == ' ' || c == '-' || c == '.' || c == '_') {
      if (!out.empty() && out.back() != '_') out += '_';
      continue;
    }
    const char before = i > 0 ? name[i - 1] : '\0';
    const bool word_begins =
        is_upper(c) && (is_lower(before) || is_digit(before) ||
                        (is_upper(before) && i + 1 < name.size() && is_lower(name[i + 1])));
    if (word_begins && !out.empty() && out.back() != '_') out += '_';
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

RoleGuess role_of(std::string_view name) {
  const std::string plain = snake_case(name);
  for (const Names& group : kRoles) {
    const auto found = std::find(group.names.begin(), group.names.end(), plain);
    if (found != group.names.end()) {
      return {group.role, static_cast<int>(found - group.names.begin())};
    }
  }
  return {};
}

std::optional<std::string> known_field(std::string_view name) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names = TickSchema::futures().names();
    names.insert(names.end(), {"open", "high", "low"});
    return names;
  }();
  const auto find = [](std::string_view spelling) -> std::optional<std::string> {
    const auto found = std::find(known.begin(), known.end(), canonical_field(spelling));
    if (found == known.end()) return std::nullopt;
    return *found;
  };
  if (auto as_it_is = find(name)) return as_it_is;
  return find(snake_case(name));
}

}  // namespace factorwal::feed
