#pragma once
/// \file
/// What is wrong with one cell.

#include <cstddef>
#include <string>
#include <string_view>

#include "factorwal/feed/report.h"

namespace factorwal::feed {

struct BadCell {
  std::string_view column_name;
  std::size_t column = 0;  ///< from 0
  std::string_view value;
  std::string_view stamp_form;  ///< of the file's timestamps
};

/// `column "volume" (4): "abc" is not a number`. Requires: a fault of a cell, not of a whole line.
[[nodiscard]] std::string describe(BadRow fault, const BadCell& cell);

}  // namespace factorwal::feed
