#include "feed/times/clock_text.h"

#include <array>
#include <cstddef>

#include "feed/bytes/cells.h"
#include "feed/digits.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

bool is_separator(char c) noexcept { return c == '-' || c == '/' || c == '.'; }

void put_date(Scanner& scan, int year, int month, int day, ClockText& out) noexcept {
  scan.ok = scan.ok && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
  out.has_date = true;
  out.days = scan.ok ? days_from_civil(year, month, day) : 0;
}

int take_month_name(Scanner& scan) noexcept {
  const std::string_view word = scan.letters_ahead();
  const int month = month_named(word);
  scan.ok = scan.ok && month > 0;
  scan.rest.remove_prefix(word.size());
  return month;
}

void take_year_first(Scanner& scan, ClockText& out) noexcept {
  const int year = scan.number(4, 4, 0, 9999);
  const char separator = scan.rest.empty() ? '\0' : scan.rest.front();
  scan.ok = scan.ok && is_separator(separator) && scan.skip(separator);
  const int month = scan.at_letter() ? take_month_name(scan) : scan.number(1, 2, 1, 12);
  scan.ok = scan.ok && scan.skip(separator);
  put_date(scan, year, month, scan.number(1, 2, 1, 31), out);
}

void take_compact_date(Scanner& scan, ClockText& out) noexcept {
  const int year = scan.number(4, 4, 0, 9999);
  const int month = scan.number(2, 2, 1, 12);
  put_date(scan, year, month, scan.number(2, 2, 1, 31), out);
}

/// `Mar 2, 2020`
void take_month_first_by_name(Scanner& scan, ClockText& out) noexcept {
  const int month = take_month_name(scan);
  scan.ok = scan.ok && (scan.skip(' ') || scan.skip('-'));
  const int day = scan.number(1, 2, 1, 31);
  static_cast<void>(scan.skip(','));
  scan.ok = scan.ok && (scan.skip(' ') || scan.skip('-'));
  put_date(scan, scan.number(4, 4, 0, 9999), month, day, out);
}

/// `2-Mar-2020`, `02MAR2020`, `2/3/2020`
void take_year_last(Scanner& scan, DateOrder order, ClockText& out) noexcept {
  const int first = scan.number(1, 2, 1, 31);
  const char separator = scan.rest.empty() ? '\0' : scan.rest.front();
  const bool separated = is_separator(separator) || separator == ' ';
  if (separated) scan.skip(separator);
  if (scan.at_letter()) {
    const int month = take_month_name(scan);
    if (separated) scan.ok = scan.ok && scan.skip(separator);
    put_date(scan, scan.number(4, 4, 0, 9999), month, first, out);
    return;
  }
  scan.ok = scan.ok && is_separator(separator);
  const int second = scan.number(1, 2, 1, 31);
  scan.ok = scan.ok && scan.skip(separator);
  const int year = scan.number(4, 4, 0, 9999);
  scan.ok = scan.ok && (first <= 12 || second <= 12);
  if (first > 12) out.only_order = DateOrder::kDayFirst;
  if (second > 12) out.only_order = DateOrder::kMonthFirst;
  const bool open = out.only_order == DateOrder::kUnknown && first != second;
  // Dots part day, month and year in this order wherever they are used for that.
  if (open && order == DateOrder::kUnknown && separator == '.') order = DateOrder::kDayFirst;
  if (order == DateOrder::kUnknown) order = out.only_order;
  out.needs_order = open && order == DateOrder::kUnknown;
  const bool day_first = order != DateOrder::kMonthFirst;
  put_date(scan, year, day_first ? second : first, day_first ? first : second, out);
}

void take_date(Scanner& scan, DateOrder order, ClockText& out) noexcept {
  const std::size_t run = scan.digits_ahead();
  if (run == 0) return take_month_first_by_name(scan, out);
  if (run == 8) return take_compact_date(scan, out);
  if (run == 4) return take_year_first(scan, out);
  scan.ok = scan.ok && run <= 2;
  take_year_last(scan, order, out);
}

/// ` 星期三`, as a Chinese Windows writes it behind a date. It must be the date's.
void skip_weekday(Scanner& scan, ClockText& out) noexcept {
  constexpr auto kDays = std::to_array<std::string_view>(
      {"四", "五", "六", "日", "一", "二", "三"});  // 1970-01-01 was a Thursday
  Scanner ahead = scan;
  ahead.skip_spaces();
  constexpr std::string_view kWeekday = "星期";
  if (!ahead.rest.starts_with(kWeekday)) return;
  ahead.rest.remove_prefix(kWeekday.size());
  const auto day = static_cast<std::size_t>((out.days % 7 + 7) % 7);
  // Which day it is, is not known before the order of day and month is.
  scan.ok = scan.ok && ahead.rest.size() >= kDays[day].size() &&
            (out.needs_order || ahead.rest.starts_with(kDays[day]));
  if (scan.ok) scan.rest = ahead.rest.substr(kDays[day].size());
}

/// A 12-hour clock's half of the day, if one is told.
void take_half(Scanner& scan, int& hour) noexcept {
  Scanner ahead = scan;
  ahead.skip_spaces();
  const std::string_view word = ahead.letters_ahead();
  const bool afternoon = same_word(word, "PM");
  if (!afternoon && !same_word(word, "AM")) return;
  ahead.rest.remove_prefix(word.size());
  scan.rest = ahead.rest;
  scan.ok = scan.ok && hour >= 1 && hour <= 12;
  hour = hour % 12 + (afternoon ? 12 : 0);
}

void take_clock(Scanner& scan, ClockText& out) noexcept {
  out.has_time = true;
  int hour = scan.number(1, 2, 0, 23);
  scan.ok = scan.ok && scan.skip(':');
  const int minute = scan.number(2, 2, 0, 59);
  int second = 0;
  if (scan.skip(':')) {
    second = scan.number(2, 2, 0, 59);
    const bool fraction = scan.skip('.') || scan.skip(',');
    if (fraction || (scan.at(':') && scan.rest.size() >= 4 && scan.skip(':'))) {
      out.nanoseconds = scan.fraction();
    }
  }
  take_half(scan, hour);
  out.second_of_day = hour * 3600 + minute * 60 + second;
}

void take_offset(Scanner& scan, ClockText& out) noexcept {
  const bool east = scan.at('+');
  scan.rest.remove_prefix(1);
  const int hours = scan.number(1, 2, 0, 23);
  const bool colon = scan.skip(':');
  const bool minutes_follow = scan.digits_ahead() > 0;
  scan.ok = scan.ok && (minutes_follow || !colon);
  const int minutes = minutes_follow ? scan.number(2, 2, 0, 59) : 0;
  const int offset = hours * 3600 + minutes * 60;
  out.offset_seconds = east ? offset : -offset;
}

bool is_zone_letter(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
}

/// An offset, and perhaps a zone's name in brackets as well; or a zone's name alone.
void take_zone(Scanner& scan, ClockText& out) noexcept {
  scan.skip_spaces();
  const std::string_view word = scan.letters_ahead();
  const bool utc = same_word(word, "Z") || same_word(word, "UTC") || same_word(word, "GMT");
  if (utc && (word.size() == scan.rest.size() || !is_zone_letter(scan.rest[word.size()]) ||
              scan.rest[word.size()] == '+' || scan.rest[word.size()] == '-')) {
    scan.rest.remove_prefix(word.size());
    out.offset_seconds = 0;
  }
  if (scan.at('+') || scan.at('-')) take_offset(scan, out);
  if (out.offset_seconds) {
    if (scan.at('[') && scan.rest.back() == ']') scan.rest = {};
    return;
  }
  std::size_t size = 0;
  while (size < scan.rest.size() && is_zone_letter(scan.rest[size])) ++size;
  if (size > 0 && is_letter(scan.rest.front())) {
    out.zone = scan.rest.substr(0, size);
    scan.rest.remove_prefix(size);
  }
}

/// What parts a date from a time: spaces, T, D, and behind YYYYMMDD a hyphen.
bool skip_to_time(Scanner& scan, bool compact) noexcept {
  if (scan.rest.empty()) return false;
  if (scan.at(' ')) {
    scan.skip_spaces();
    return true;
  }
  const char mark = lower(scan.rest.front());
  const bool parts = mark == 't' || mark == 'd' || (mark == '-' && compact) || mark == '_';
  return parts && scan.skip(scan.rest.front());
}

/// The digits of a time without colons, with a fraction perhaps.
std::string_view take_time_digits(Scanner& scan) noexcept {
  std::size_t size = scan.digits_ahead();
  if (size < scan.rest.size() && scan.rest[size] == '.') {
    ++size;
    while (size < scan.rest.size() && is_digit(scan.rest[size])) ++size;
  }
  const std::string_view digits = scan.rest.substr(0, size);
  scan.rest.remove_prefix(size);
  return digits;
}

}  // namespace

int month_named(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  if (word.size() < 3) return 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (same_word(word, kMonths[i]) || same_word(word, kMonths[i].substr(0, 3))) {
      return static_cast<int>(i) + 1;
    }
  }
  return 0;
}

bool parse_plain_stamp(std::string_view text, ClockText& out) noexcept {
  constexpr std::size_t kSize = 19;
  if (text.size() < kSize) return false;
  const char* const at = text.data();
  const auto two = [at](std::size_t from) { return (at[from] - '0') * 10 + (at[from + 1] - '0'); };
  // Each digit becomes its value, and a separator 0.
  const std::uint64_t date = eight_at(at) ^ eight_at("0000-00-");
  const std::uint64_t clock = eight_at(at + 11) ^ eight_at("00:00:00");
  constexpr std::uint64_t kOfDate = 0xff0000ff00000000U;
  constexpr std::uint64_t kOfClock = 0x0000ff0000ff0000U;
  if (!are_digits(date) || !are_digits(clock)) return false;
  if ((date & kOfDate) != 0 || (clock & kOfClock) != 0) return false;
  if (!is_digit(at[8]) || !is_digit(at[9]) || (at[10] != ' ' && at[10] != 'T')) return false;
  const int year = two(0) * 100 + two(2);
  const int month = two(5);
  const int day = two(8);
  const int hour = two(11);
  const int minute = two(14);
  const int second = two(17);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  int nanoseconds = 0;
  if (text.size() > kSize) {
    const std::string_view decimals = text.substr(kSize + 1);
    if (text[kSize] != '.' || decimals.empty() || decimals.size() > 9) return false;
    int scale = 1'000'000'000;
    for (const char c : decimals) {
      if (!is_digit(c)) return false;
      scale /= 10;
      nanoseconds += scale * (c - '0');
    }
  }
  out = ClockText{};
  out.has_date = out.has_time = true;
  out.days = days_from_civil(year, month, day);
  out.second_of_day = hour * 3600 + minute * 60 + second;
  out.nanoseconds = nanoseconds;
  return true;
}

bool parse_clock_text(std::string_view text, DateOrder order, ClockText& out) noexcept {
  out = ClockText{};
  Scanner scan{trimmed(text)};
  if (scan.rest.empty()) return false;
  // A timespan of kdb below a day.
  if (scan.rest.starts_with("0D") && scan.rest.size() > 4 && scan.rest[4] == ':') {
    scan.rest.remove_prefix(2);
  }
  const std::size_t run = scan.digits_ahead();
  const bool time_alone = (run == 1 || run == 2) && scan.rest.size() > run && scan.rest[run] == ':';
  if (!time_alone) {
    take_date(scan, order, out);
    if (scan.ok) skip_weekday(scan, out);
    if (!scan.ok) return false;
    if (!skip_to_time(scan, run == 8)) return scan.rest.empty();
    if (scan.digits_ahead() > 2) {
      out.time_digits = take_time_digits(scan);
      take_zone(scan, out);
      return scan.ok && scan.rest.empty();
    }
  }
  take_clock(scan, out);
  take_zone(scan, out);
  return scan.ok && scan.rest.empty();
}

bool stands_for_no_date(std::int64_t days) noexcept {
  return days == 0 || days == days_from_civil(1, 1, 1) ||
         (days >= days_from_civil(1899, 12, 30) && days <= days_from_civil(1900, 1, 1));
}

bool parse_compact_date(std::string_view digits, std::int64_t& days) noexcept {
  Scanner scan{digits};
  if (digits.size() != 8 || scan.digits_ahead() != 8) return false;
  ClockText out;
  take_compact_date(scan, out);
  days = out.days;
  return scan.ok;
}

}  // namespace factorwal::feed
