#pragma once
/// \file
/// Parts of dates and times as text.

#include <cstdint>
#include <string_view>

namespace factorwal::feed {

/// `09:30:00`: the text is a time of day without a date.
[[nodiscard]] bool is_time_of_day(std::string_view text) noexcept;

/// `YYYYMMDD` that exists; gives the days since 1970-01-01.
[[nodiscard]] bool parse_compact_date(std::string_view digits, std::int64_t& days) noexcept;

}  // namespace factorwal::feed
