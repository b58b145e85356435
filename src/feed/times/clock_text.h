#pragma once
/// \file
/// Dates and times of day as people and programs write them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace factorwal::feed {

/// Which comes first in 03/02/2020.
enum class DateOrder : std::uint8_t { kUnknown = 0, kDayFirst = 1, kMonthFirst = 2 };

/// What a text says; views into it.
struct ClockText {
  bool has_date = false;
  bool has_time = false;
  std::int64_t days = 0;  ///< since 1970-01-01
  std::int64_t second_of_day = 0;
  std::int32_t nanoseconds = 0;
  std::optional<std::int32_t> offset_seconds;  ///< east of UTC
  std::string_view zone;                       ///< an IANA name behind the time, or empty
  /// Digits behind the date without colons: only a whole column tells whether 93000 is 09:30:00.
  std::string_view time_digits;
  /// The only order that the date allows; kUnknown if it needs none, or allows both.
  DateOrder only_order = DateOrder::kUnknown;
  bool needs_order = false;  ///< readable in both orders, which differ
};

/// The same of `2020-03-02 09:30:00`, with up to nine decimals perhaps and T for the space; false:
/// look closer.
[[nodiscard]] bool parse_plain_stamp(std::string_view text, ClockText& out) noexcept;

/// A date, a time of day, or both: year first (2020-03-02, 2020/3/2, 2020.03.02, 20200302) or last
/// (02/03/2020, 2.3.2020; `order` decides), months as numbers or English names, perhaps 星期三 (its
/// weekday) behind it; between both a space, T, D (kdb) or, behind a compact date, a hyphen; 9:30,
/// 09:30:00, .5 or ,5 or :500 behind it, AM or PM, kdb's 0D before it; then Z, UTC, an offset, or
/// the name of a zone. Digits beyond nanoseconds are cut. False: anything else, also the 30th of
/// February and 24:00.
[[nodiscard]] bool parse_clock_text(std::string_view text, DateOrder order,
                                    ClockText& out) noexcept;

/// Of a time of day without a date, programs make one of a day of their own: spreadsheets, .NET.
[[nodiscard]] bool stands_for_no_date(std::int64_t days) noexcept;

/// `YYYYMMDD` that exists; gives the days since 1970-01-01.
[[nodiscard]] bool parse_compact_date(std::string_view digits, std::int64_t& days) noexcept;

/// 1 to 12 for `Mar` or `March`; 0 for anything else.
[[nodiscard]] int month_named(std::string_view word) noexcept;

}  // namespace factorwal::feed
