#include "feed/columns/column_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <utility>
#include <vector>

#include "factorwal/tick.h"
#include "feed/columns/level_names.h"
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
    {"instrument_id", "instrument", "symbol", "code", "ticker", "contract", "inst_id", "sym",
     "ts_code", "order_book_id", "合约代码", "合约", "证券代码", "股票代码", "标的代码", "代码"});
constexpr auto kStamp = std::to_array<std::string_view>(
    {"timestamp_ns", "timestamp", "timestamp_us", "timestamp_ms", "datetime", "date_time", "ts",
     "gmt_time", "日期时间", "时间戳"});
constexpr auto kDate =
    std::to_array<std::string_view>({"date", "action_day", "actiondate", "action_date", "业务日期",
                                     "日期", "trading_day", "trading_date", "交易日期", "交易日"});
constexpr auto kTimeOfDay =
    std::to_array<std::string_view>({"time", "update_time", "actiontime", "action_time",
                                     "最后修改时间", "更新时间", "时间", "交易时间", "成交时间"});
constexpr auto kMilliseconds =
    std::to_array<std::string_view>({"update_millisec", "millisec", "milliseconds", "millisecond",
                                     "millis", "msec", "ms", "最后修改毫秒", "更新毫秒", "毫秒"});
constexpr auto kRoles = std::to_array<Names>({{ColumnRole::kInstrument, kInstrument},
                                              {ColumnRole::kStamp, kStamp},
                                              {ColumnRole::kDate, kDate},
                                              {ColumnRole::kTimeOfDay, kTimeOfDay},
                                              {ColumnRole::kMilliseconds, kMilliseconds}});

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  const std::string plain = snake_case(name);
  return std::find(names.begin(), names.end(), plain) != names.end();
}

using Other = std::pair<std::string_view, std::string_view>;
/// What the ticks' own names and their aliases do not say.
constexpr auto kOthers = std::to_array<Other>({
    {"openinterest", "open_interest"},
    {"openint", "open_interest"},
    {"open_int", "open_interest"},
    {"最新价", "close"},
    {"收盘", "close"},
    {"收盘价", "close"},
    {"成交价", "close"},
    {"成交价格", "close"},
    {"最新", "close"},
    {"开盘", "open"},
    {"开盘价", "open"},
    {"最高", "high"},
    {"最高价", "high"},
    {"最低", "low"},
    {"最低价", "low"},
    {"成交量", "volume"},
    {"数量", "volume"},
    {"成交额", "turnover"},
    {"成交金额", "turnover"},
    {"持仓量", "open_interest"},
    {"持仓", "open_interest"},
});

}  // namespace

std::string_view bare_name(std::string_view name) {
  if (name.size() > 2 && name.front() == '<' && name.back() == '>') {
    return name.substr(1, name.size() - 2);
  }
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos && slash > 0 && slash + 1 < name.size() &&
      static_cast<signed char>(name[slash + 1]) < 0) {
    return name.substr(0, slash);
  }
  for (const std::string_view open : {"(", "（"}) {
    const std::size_t at = name.find(open);
    const bool chinese = static_cast<signed char>(name.empty() ? '\0' : name.front()) < 0;
    if (chinese && at != std::string_view::npos && at > 0) return name.substr(0, at);
  }
  return name;
}

std::string snake_case(std::string_view name) {
  name = bare_name(name);
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

bool names_an_exchange(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"exchange", "exchange_id", "exchg", "market", "venue", "mic", "交易所代码", "交易所"});
  return is_one_of(name, kNames);
}

bool names_a_trading_day(std::string_view name) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"trading_day", "tradingdate", "trading_date", "交易日"});
  return is_one_of(name, kNames);
}

bool names_a_size(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>({"size", "qty", "quantity"});
  return is_one_of(name, kNames);
}

std::optional<std::string> known_field(std::string_view name) { return known_field(name, {}); }

std::optional<std::string> known_field(std::string_view name, std::span<const std::string> header) {
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
  const std::string plain = snake_case(name);
  if (auto field = find(plain)) return field;
  const auto other = std::find_if(kOthers.begin(), kOthers.end(),
                                  [&](const Other& one) { return one.first == plain; });
  if (other != kOthers.end()) return std::string(other->second);
  std::optional<BookLevel> level = book_level(plain);
  if (!level) return std::nullopt;
  const bool from_zero = level->may_be_zero &&
                         std::any_of(header.begin(), header.end(), [](const std::string& column) {
                           const std::optional<BookLevel> best = book_level(snake_case(column));
                           return best && best->number == 0;
                         });
  if (from_zero) ++level->number;
  return level->number > 0 ? std::optional(field_of(*level)) : std::nullopt;
}

}  // namespace factorwal::feed
