#include "feed/files/instrument_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "feed/files/file_name.h"
#include "feed/scanner.h"
#include "feed/times/clock_text.h"

namespace factorwal::feed {
namespace {

using View = std::string_view;

constexpr auto kLetters = std::to_array<View>({"m", "h", "d", "t"});

template <std::size_t N>
[[nodiscard]] bool in_words(View word, const std::array<View, N>& words) noexcept {
  return std::any_of(words.begin(), words.end(), [&](View one) { return same_word(word, one); });
}

bool parts_name(char c) noexcept { return c == '-' || c == '_' || c == ' '; }

bool is_kind_of_data(View word) noexcept {
  constexpr auto kKnown = std::to_array<View>(
      {"trades",  "trade",    "aggtrades",  "klines",    "kline",       "quotes",  "quote",
       "ticks",   "tick",     "bars",       "bar",       "ohlcv",       "candles", "candlestick",
       "metrics", "book",     "bookticker", "bookdepth", "fundingrate", "spot",    "full",
       "unadj",   "adjsplit", "minute",     "second",    "hour",        "hourly",  "daily",
       "day",     "bid",      "ask",        "level1",    "l1",          "l2",      "period"});
  return in_words(word, kKnown);
}

/// 1m, 15min, 1h, 1d, 1mo; M1, H4, MN1.
bool is_interval(View word) noexcept {
  constexpr auto kBehind =
      std::to_array<View>({"s", "m", "min", "mins", "minute", "h", "hour", "d", "day", "w", "mo"});
  constexpr auto kBefore = std::to_array<View>({"s", "m", "h", "d", "w", "mn"});
  Scanner scan{word};
  const std::size_t digits = scan.digits_ahead();
  if (digits > 0 && digits <= 4) return in_words(word.substr(digits), kBehind);
  const std::size_t letters = scan.letters_ahead().size();
  const View number = word.substr(letters);
  const bool counted =
      !number.empty() && number.size() <= 3 && whole_digits(number) == number.size();
  return counted && in_words(word.substr(0, letters), kBefore);
}

/// YYYYMMDD with a time behind it perhaps, YYYYMM, YYYY-MM-DD, YYYY-MM, DD.MM.YYYY.
bool is_date(View word) noexcept {
  std::string digits;
  for (const char c : word) {
    if (is_digit(c)) digits += c;
  }
  const bool plain = digits.size() == word.size();
  std::int64_t days = 0;
  if (plain && (word.size() == 8 || word.size() == 12 || word.size() == 14)) {
    return word >= "19" && word < "21" && parse_compact_date(word.substr(0, 8), days);
  }
  const bool month_of = digits.size() == 6 && (plain || (word.size() == 7 && parts_name(word[4])));
  if (month_of) {
    return digits >= "199001" && digits < "210001" && digits.substr(4) >= "01" &&
           digits.substr(4) <= "12";
  }
  if (digits.size() != 8 || word.size() != 10) return false;
  const auto parted = [&](std::size_t at) { return word[at] == '.' || parts_name(word[at]); };
  if (parted(4) && parted(7)) return parse_compact_date(digits, days);
  const std::string turned = digits.substr(4) + digits.substr(2, 2) + digits.substr(0, 2);
  return parted(2) && parted(5) && parse_compact_date(turned, days);
}

/// The size of a date at the end, with what parts it from the rest; 0: there is none.
std::size_t date_behind(View name) noexcept {
  for (const std::size_t size : {14U, 12U, 10U, 8U, 7U, 6U}) {
    if (name.size() <= size || !is_date(name.substr(name.size() - size))) continue;
    const char before = name[name.size() - size - 1];
    if (parts_name(before)) return size + 1;
    if (size == 10 && is_letter(before)) return size;
  }
  return 0;
}

/// A year parted from what is before it.
bool ends_with_year(View name) noexcept {
  if (name.size() < 6 || !parts_name(name[name.size() - 5])) return false;
  const View year = name.substr(name.size() - 4);
  return whole_digits(year) == 4 && year >= "1990" && year < "2050";
}

/// `seen`: something was cut before, so that a lone letter or number behind it is no part of an id:
/// EURUSD_Candlestick_1_M_BID.
bool cut_behind(View& name, bool seen) noexcept {
  if (const std::size_t size = date_behind(name); size > 0) {
    name.remove_suffix(size);
    return true;
  }
  if (ends_with_year(name)) {
    // Behind anything else it may be a part of the id: rb-2005.
    const View before = name.substr(0, name.size() - 5);
    const std::size_t at = before.find_last_of("-_ ");
    const View word = at == View::npos ? View() : before.substr(at + 1);
    if (!is_interval(word) && !is_kind_of_data(word)) return false;
    name = before;
    return true;
  }
  const std::size_t at = name.find_last_of("-_ ");
  if (at == View::npos || at == 0) return false;
  const View word = name.substr(at + 1);
  const bool alone = seen && (word.empty() || in_words(word, kLetters) ||
                              (word.size() <= 2 && whole_digits(word) == word.size()));
  if (!alone && !is_interval(word) && !is_kind_of_data(word)) return false;
  name.remove_suffix(name.size() - at);
  return true;
}

bool begins_with_exchange(View id) noexcept {
  constexpr auto kExchanges =
      std::to_array<View>({"SHFE.", "DCE.", "CZCE.", "CFFEX.", "INE.", "GFEX.", "SSE.", "SZSE."});
  return std::any_of(kExchanges.begin(), kExchanges.end(),
                     [&](View one) { return id.starts_with(one) && id.size() > one.size(); });
}

}  // namespace

std::string instrument_of_name(std::string_view path) {
  if (path == "-") return {};
  View name = without_endings(name_in_folder(path));
  for (const View before : {View("DAT_ASCII_"), View("DAT_MT_"), View("DAT_NT_")}) {
    if (name.starts_with(before)) name.remove_prefix(before.size());
  }
  bool seen = begins_with_exchange(name);
  while (cut_behind(name, seen)) seen = true;
  for (const std::size_t size : {10U, 8U}) {
    const bool dated = name.size() > size + 1 && is_date(name.substr(0, size));
    if (dated && parts_name(name[size])) name.remove_prefix(size + 1);
  }
  const std::size_t first = name.find_first_of("-_ ");
  if (first != View::npos && first + 1 < name.size() && is_kind_of_data(name.substr(0, first))) {
    name.remove_prefix(first + 1);
  }
  return is_date(name) || is_kind_of_data(name) ? std::string() : std::string(name);
}

bool may_end_with_year(std::string_view id) noexcept { return ends_with_year(id); }

bool is_plain_instrument(std::string_view id) {
  constexpr auto kKnown =
      std::to_array<View>({"DATA",    "FILE",    "EXPORT", "OUTPUT", "OUT",     "TEST",  "SAMPLE",
                           "EXAMPLE", "HISTORY", "PRICES", "PRICE",  "MARKET",  "ALL",   "OHLC",
                           "README",  "NEW",     "COPY",   "EQUITY", "FUTURES", "STOCKS"});
  const bool exchange = begins_with_exchange(id);
  bool capital = false;
  for (const char c : id) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (exchange && is_letter(c));
    if (!letter && !is_digit(c) && View("-._^=").find(c) == View::npos) return false;
    capital = capital || upper;
  }
  // 2024Q1, 2024W05
  const bool year = id.size() > 4 && (id.starts_with("19") || id.starts_with("20")) &&
                    whole_digits(id.substr(0, 4)) == 4 && is_letter(id[4]);
  return capital && !year && !ends_with_year(id) && id.size() <= 32 && !is_kind_of_data(id) &&
         !in_words(id, kKnown);
}

}  // namespace factorwal::feed
