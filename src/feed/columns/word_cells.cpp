#include "feed/columns/word_cells.h"

#include <algorithm>
#include <array>
#include <span>

#include "factorwal/operators/missing.h"
#include "feed/bytes/cells.h"
#include "feed/columns/column_names.h"
#include "feed/number.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

bool is_word(std::string_view cell, std::span<const std::string_view> words) noexcept {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return same_word(cell, word); });
}

}  // namespace

bool names_a_side(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"side", "taker_side", "aggressor", "aggressor_side", "trade_side", "direction", "buy_sell",
       "buysell", "bs_flag", "bsflag", "交易方向", "买卖方向", "买卖标志", "方向", "性质"});
  const std::string plain = snake_case(name);
  return std::find(kNames.begin(), kNames.end(), plain) != kNames.end();
}

bool parse_side(std::string_view cell, double& value) noexcept {
  constexpr auto kBuy = std::to_array<std::string_view>(
      {"buy", "b", "bid", "buyer", "long", "买", "买入", "买盘", "主买", "多"});
  constexpr auto kSell = std::to_array<std::string_view>(
      {"sell", "s", "a", "ask", "seller", "offer", "short", "卖", "卖出", "卖盘", "主卖", "空"});
  constexpr auto kNeither =
      std::to_array<std::string_view>({"n", "none", "unknown", "neutral", "中性", "中性盘"});
  cell = trimmed(cell);
  if (is_word(cell, kBuy)) {
    value = 1;
  } else if (is_word(cell, kSell)) {
    value = -1;
  } else if (is_word(cell, kNeither)) {
    value = kMissing;
  } else {
    return parse_number(cell, value);
  }
  return true;
}

bool parse_flag(std::string_view cell, bool letters, double& value) noexcept {
  cell = trimmed(cell);
  if (same_word(cell, "true") || same_word(cell, "yes") ||
      (letters && (same_word(cell, "t") || same_word(cell, "y")))) {
    value = 1;
  } else if (same_word(cell, "false") || same_word(cell, "no") ||
             (letters && (same_word(cell, "f") || same_word(cell, "n")))) {
    value = 0;
  } else {
    return parse_number(cell, value);
  }
  return true;
}

bool parse_word(CellKind kind, std::string_view cell, double& value) noexcept {
  if (kind == CellKind::kSide) return parse_side(cell, value);
  return kind == CellKind::kFlag && parse_flag(cell, true, value);
}

}  // namespace factorwal::feed
