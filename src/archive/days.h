#pragma once
/// Days of the calendar, counted from 1970-01-01.

#include <cstdint>
#include <string>
#include <string_view>

#include "factorwal/archive_options.h"
#include "factorwal/result.h"

namespace factorwal::archive {

/// The day of rows without a time. Files that only hold columns lie there too: readers that take
/// columns from the first file see them all.
inline constexpr std::int32_t kFirstDay = 0;

/// "2026-11-30"; times of int64 nanoseconds lie in years of four digits.
[[nodiscard]] std::string day_text(std::int32_t day);

}  // namespace factorwal::archive
