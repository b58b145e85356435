#pragma once
/// \file
/// Words that stand for numbers: the side of a trade, and yes or no.

#include <cstdint>
#include <string_view>

namespace factorwal::feed {

/// How the cells of a column become numbers; the same for the whole column.
enum class CellKind : std::uint8_t {
  kNumber = 0,
  kSide = 1,  ///< buy, B, bid, long: 1; sell, S, A, ask, short: -1; N, none, unknown: missing
  kFlag = 2,  ///< true, yes: 1; false, no: 0
};

/// The column's name says that it tells the side of a trade, or who was the aggressor.
[[nodiscard]] bool names_a_side(std::string_view name);

/// Words as above in any case, numbers and the words for missing as in `parse_number`. False, with
/// `value` untouched: none of these.
[[nodiscard]] bool parse_side(std::string_view cell, double& value) noexcept;
/// `letters`: t, f, y and n are such words as well.
[[nodiscard]] bool parse_flag(std::string_view cell, bool letters, double& value) noexcept;

/// As the column's kind says; false for one of numbers.
[[nodiscard]] bool parse_word(CellKind kind, std::string_view cell, double& value) noexcept;

}  // namespace factorwal::feed
