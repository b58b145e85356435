#pragma once
/// \file
/// Cells to doubles.

#include <cstdint>
#include <string_view>

namespace factorwal::feed {

/// How a column writes its numbers.
enum class NumberForm : std::uint8_t {
  kPlain = 1,         ///< 1234.5
  kThousands = 2,     ///< 1,234.5, and plain ones
  kDecimalComma = 3,  ///< 1.234,5
};

/// Reads a cell as a double, correctly rounded. Spaces around it and a leading + are tolerated; an
/// empty cell and the usual words for it, in any case, are missing (NaN): nan, -nan, null, NA, N/A,
/// #N/A, <NA>, None, nil, NaT, -, --, ?, 1.#QNAN and their like; inf is infinite, and so is
/// what is too large for a double (a feed's DBL_MAX in 15 digits); too small is 0. 1'234.5 and
/// $1234.5, which are nothing else, are 1234.5. False, with `value` untouched: not a number (also
/// hexadecimal and 1,234).
[[nodiscard]] bool parse_number(std::string_view cell, double& value) noexcept;

/// The same of 1,234.5: commas, apostrophes or spaces before every third digit of the whole part,
/// and of a number without them; also 12,34,567, as India writes it. 1,23 is no number.
[[nodiscard]] bool parse_grouped_number(std::string_view cell, double& value) noexcept;

/// The same of 1.234,5: a comma for the point; points, apostrophes or spaces before every third
/// digit. 51.5 is no number here: that point parts no thousands.
[[nodiscard]] bool parse_comma_number(std::string_view cell, double& value) noexcept;

[[nodiscard]] bool parse_number(std::string_view cell, NumberForm form, double& value) noexcept;

/// What a cell tells of the meaning of its commas.
enum class CommaMeaning : std::uint8_t {
  kNone = 0,       ///< it has none, or is no number either way
  kOpen = 1,       ///< 1,234
  kThousands = 2,  ///< 1,234.5 and 1,234,567
  kPoint = 3,      ///< 51,5 and 0,125
};
[[nodiscard]] CommaMeaning comma_meaning(std::string_view cell) noexcept;

}  // namespace factorwal::feed
