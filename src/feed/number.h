#pragma once
/// \file
/// Cells to doubles.

#include <string_view>

namespace factorwal::feed {

/// Reads a cell as a double, correctly rounded. Spaces around it and a leading + are tolerated; an
/// empty cell and the usual words for it, in any case, are missing (NaN): nan, -nan, null, NA, N/A,
/// #N/A, <NA>, None, nil, NaT, -, --, ?, 1.#QNAN and their like; inf is infinite, and so is
/// what is too large for a double (a feed's DBL_MAX in 15 digits); too small is 0. False, with
/// `value` untouched: not a number (also hexadecimal and 1,234).
[[nodiscard]] bool parse_number(std::string_view cell, double& value) noexcept;

/// The same of 1.234,5: a comma for the point; points, spaces and apostrophes between thousands.
[[nodiscard]] bool parse_comma_number(std::string_view cell, double& value) noexcept;

}  // namespace factorwal::feed
