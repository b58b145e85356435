#include "factorwal/feed/text_stamp.h"

#include <cstddef>

#include "feed/cells.h"
#include "feed/text_stamp_parts.h"

namespace factorwal::feed {
namespace {

/// Takes pieces off the front of a text; `ok` turns false once and stays so.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  [[nodiscard]] bool at(char c) const noexcept { return !rest.empty() && rest.front() == c; }
  bool skip(char c) noexcept {
    if (!at(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  [[nodiscard]] std::size_t digits_ahead() const noexcept {
    std::size_t count = 0;
    while (count < rest.size() && rest[count] >= '0' && rest[count] <= '9') ++count;
    return count;
  }
  /// A number of `at_least` to `at_most` digits, within [low, high].
  int number(std::size_t at_least, std::size_t at_most, int low, int high) noexcept {
    const std::size_t count = digits_ahead() < at_most ? digits_ahead() : at_most;
    if (count < at_least) {
      ok = false;
      return low;
    }
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest[i] - '0');
    rest.remove_prefix(count);
    ok = ok && value >= low && value <= high;
    return value;
  }
};

/// Days since 1970-01-01 of a Gregorian date (Howard Hinnant's days_from_civil).
std::int64_t days_from_civil(std::int64_t year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int days_in_month(int year, int month) noexcept {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t take_date(Scanner& scan) noexcept {
  const bool compact = scan.digits_ahead() >= 8;
  const int year = scan.number(4, 4, 0, 9999);
  const std::size_t least = compact ? 2 : 1;
  const char separator = scan.at('/') ? '/' : '-';
  if (!compact) scan.ok = scan.skip(separator) && scan.ok;
  const int month = scan.number(least, 2, 1, 12);
  if (!compact) scan.ok = scan.skip(separator) && scan.ok;
  const int day = scan.number(least, 2, 1, 31);
  scan.ok = scan.ok && day <= days_in_month(year, month);
  return scan.ok ? days_from_civil(year, month, day) : 0;
}

std::int32_t take_fraction(Scanner& scan) noexcept {
  const std::size_t count = scan.digits_ahead();
  scan.ok = scan.ok && count > 0;
  std::int32_t nanoseconds = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    nanoseconds = nanoseconds * 10 + (i < count ? scan.rest[i] - '0' : 0);
  }
  scan.rest.remove_prefix(count);
  return nanoseconds;
}

void take_time(Scanner& scan, TextStamp& stamp) noexcept {
  const std::size_t run = scan.digits_ahead();
  const bool compact = run >= 5;
  const bool with_milliseconds = run == 8 || run == 9;
  if (compact && !with_milliseconds && run > 6) scan.ok = false;
  // Compact times lose the hour's leading zero: 93000 and 93000500 (5 and 8 digits).
  const std::size_t width = compact && (run == 5 || run == 8) ? 1 : 2;
  const int hour = scan.number(1, width, 0, 23);
  if (!compact) scan.ok = scan.skip(':') && scan.ok;
  const int minute = scan.number(2, 2, 0, 59);
  int second = 0;
  if (compact || scan.skip(':')) second = scan.number(2, 2, 0, 59);
  stamp.seconds += hour * 3600 + minute * 60 + second;
  if (with_milliseconds) {
    stamp.nanoseconds = scan.number(3, 3, 0, 999) * 1'000'000;
  } else if (scan.skip('.') || scan.skip(',')) {
    stamp.nanoseconds = take_fraction(scan);
  }
}

void take_offset(Scanner& scan, TextStamp& stamp) noexcept {
  while (scan.skip(' ')) {
  }
  if (scan.rest == "Z" || scan.rest == "z" || scan.rest == "UTC") {
    scan.rest = {};
    stamp.has_offset = true;
    return;
  }
  if (!scan.at('+') && !scan.at('-')) return;
  const bool east = scan.at('+');
  scan.rest.remove_prefix(1);
  const int hours = scan.number(2, 2, 0, 23);
  if (scan.skip(':') && scan.rest.empty()) scan.ok = false;
  const int minutes = scan.rest.empty() ? 0 : scan.number(2, 2, 0, 59);
  const int offset = hours * 3600 + minutes * 60;
  stamp.seconds -= east ? offset : -offset;
  stamp.has_offset = true;
}

}  // namespace

bool parse_text_stamp(std::string_view text, TextStamp& stamp) noexcept {
  Scanner scan{trimmed(text)};
  stamp = TextStamp{};
  stamp.seconds = take_date(scan) * 86400;
  if (scan.ok && (scan.at('T') || scan.at('t') || scan.at(' '))) {
    scan.rest.remove_prefix(1);
    while (scan.skip(' ')) {
    }
    take_time(scan, stamp);
    take_offset(scan, stamp);
  }
  return scan.ok && scan.rest.empty();
}

bool is_time_of_day(std::string_view text) noexcept {
  Scanner scan{trimmed(text)};
  const std::size_t run = scan.digits_ahead();
  const bool compact = run == scan.rest.size() && (run == 5 || run == 6 || run == 8 || run == 9);
  std::int64_t days = 0;
  if (compact && run == 8 && parse_compact_date(scan.rest, days)) return false;
  if (run == scan.rest.size() && !compact) return false;
  TextStamp stamp;
  take_time(scan, stamp);
  return scan.ok && scan.rest.empty();
}

bool parse_compact_date(std::string_view digits, std::int64_t& days) noexcept {
  Scanner scan{digits};
  if (scan.digits_ahead() != 8 || digits.size() != 8) return false;
  days = take_date(scan);
  return scan.ok;
}

}  // namespace factorwal::feed
