#pragma once
/// \file
/// Dates and times of day as text.

#include <cstdint>
#include <string_view>

#include "factorwal/export.h"

namespace factorwal::feed {

/// A wall clock's reading, or UTC when `has_offset`.
struct TextStamp {
  std::int64_t seconds = 0;  ///< since 1970-01-01, the offset already taken off
  std::int32_t nanoseconds = 0;
  bool has_offset = false;
};

/// `2021-01-04T09:30:00.5+08:00` and its relatives: a space for the T; `2021/1/4`; `20210104`;
/// date only; `9:30`; `093000` and `093000500` (milliseconds) after a date; `Z`, `UTC` or an offset
/// of hours and minutes. Digits beyond nanoseconds are cut. False: anything else, also the 30th of
/// February and 24:00.
[[nodiscard]] FACTORWAL_EXPORT bool parse_text_stamp(std::string_view text,
                                                     TextStamp& stamp) noexcept;

}  // namespace factorwal::feed
