#include "feed/columns/level_names.h"

#include <array>

#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

/// Takes `word` off the front of `name`.
bool take(std::string_view& name, std::string_view word) noexcept {
  if (!name.starts_with(word)) return false;
  name.remove_prefix(word.size());
  return true;
}

/// One to ten as a number or in Chinese, at the front.
std::optional<int> take_chinese_number(std::string_view& name) noexcept {
  constexpr auto kNumbers =
      std::to_array<std::string_view>({"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"});
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    if (take(name, kNumbers[i])) return static_cast<int>(i) + 1;
  }
  if (take(name, "10")) return 10;
  if (name.empty() || name.front() < '1' || name.front() > '9') return std::nullopt;
  const int number = name.front() - '0';
  name.remove_prefix(1);
  return number;
}

/// 申买价一, 买价1, 买一价, 买一, 委买量三.
std::optional<BookLevel> chinese_level(std::string_view name) noexcept {
  BookLevel level;
  if (!take(name, "申")) static_cast<void>(take(name, "委"));
  level.bid = take(name, "买");
  if (!level.bid && !take(name, "卖")) return std::nullopt;
  std::optional<int> number = take_chinese_number(name);
  level.volume = take(name, "量");
  const bool kind = level.volume || take(name, "价");
  if (!number) number = take_chinese_number(name);
  if (!name.empty() || (!number && !kind)) return std::nullopt;
  level.number = number.value_or(1);
  return level;
}

/// `[0]_price` and `[0]_amount` behind bids or asks.
bool take_indexed(std::string_view name, BookLevel& level) noexcept {
  if (!take(name, "s[")) return false;
  Scanner scan{name};
  const std::size_t digits = scan.digits_ahead();
  if (digits == 0 || digits > 2) return false;
  level.number = static_cast<int>(digits_value(name.substr(0, digits))) + 1;
  name.remove_prefix(digits);
  level.volume = name == "]_amount" || name == "]_size";
  return level.volume || name == "]_price";
}

/// `_px_00`, `_price_1`, `_size1`, `_vol`.
bool take_numbered(std::string_view name, BookLevel& level) noexcept {
  constexpr auto kVolumes =
      std::to_array<std::string_view>({"volume", "vol", "size", "sz", "qty", "amount"});
  static_cast<void>(take(name, "_"));
  const bool price = take(name, "price") || take(name, "px");
  for (const std::string_view word : kVolumes) {
    if (!price && !level.volume) level.volume = take(name, word);
  }
  if (!price && !level.volume) return false;
  const bool parted = take(name, "_");
  Scanner scan{name};
  const std::size_t digits = scan.digits_ahead();
  if (digits == 0 || digits > 2 || digits != name.size()) return false;
  level.number = static_cast<int>(digits_value(name));
  if (digits == 2 && parted && name.front() == '0') ++level.number;  // 00 to 09
  level.may_be_zero = digits == 1;
  return true;
}

}  // namespace

std::optional<BookLevel> book_level(std::string_view name) {
  BookLevel level;
  if (name == "bsize" || name == "bsz" || name == "asize" || name == "asz") {
    level.bid = name.front() == 'b';
    level.volume = true;
    return level;
  }
  if (auto chinese = chinese_level(name)) return chinese;
  const bool best = take(name, "best_");
  level.bid = take(name, "bid");
  if (!level.bid && !take(name, "ask")) return std::nullopt;
  if (best) {
    const bool price = name.empty() || name == "_price";
    level.volume = name == "_qty" || name == "_size" || name == "_amount" || name == "_volume";
    return price || level.volume ? std::optional(level) : std::nullopt;
  }
  if (take_indexed(name, level) || take_numbered(name, level)) return level;
  return std::nullopt;
}

std::string field_of(const BookLevel& level) {
  std::string field = level.bid ? "bid" : "ask";
  if (level.volume) field += "_volume";
  return level.number > 1 ? field + std::to_string(level.number) : field;
}

}  // namespace factorwal::feed
