#include "feed/times/time_pattern.h"

#include "feed/bytes/cells.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"
#include "feed/times/clock_text.h"

namespace factorwal::feed {
namespace {

constexpr std::string_view kKnown = "YymdbHIMSfpzjs";

struct Fields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int day_of_year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int half = 0;  ///< 1: AM, 2: PM
  std::int64_t epoch = 0;
  bool has_epoch = false;
  int offset = 0;
  bool has_offset = false;
  std::int32_t nanoseconds = 0;
};

void take_offset(Scanner& scan, Fields& out) noexcept {
  out.has_offset = true;
  if (scan.skip('Z')) return;
  const bool east = scan.skip('+');
  scan.ok = scan.ok && (east || scan.skip('-'));
  const int hours = scan.number(2, 2, 0, 23);
  static_cast<void>(scan.skip(':'));
  const int minutes = scan.digits_ahead() >= 2 ? scan.number(2, 2, 0, 59) : 0;
  out.offset = (hours * 3600 + minutes * 60) * (east ? 1 : -1);
}

void take_epoch(Scanner& scan, Fields& out) noexcept {
  const std::size_t count = scan.digits_ahead();
  scan.ok = scan.ok && count > 0 && count <= 11;
  if (!scan.ok) return;
  for (std::size_t i = 0; i < count; ++i) out.epoch = out.epoch * 10 + (scan.rest[i] - '0');
  scan.rest.remove_prefix(count);
  out.has_epoch = true;
}

void take_word(Scanner& scan, char kind, Fields& out) noexcept {
  const std::string_view word = scan.letters_ahead();
  if (kind == 'b') {
    out.month = month_named(word);
    scan.ok = scan.ok && out.month > 0;
  } else {
    out.half = same_word(word, "PM") ? 2 : 1;
    scan.ok = scan.ok && (out.half == 2 || same_word(word, "AM"));
  }
  scan.rest.remove_prefix(word.size());
}

void take(Scanner& scan, char kind, Fields& out) noexcept {
  switch (kind) {
    case 'Y': out.year = scan.number(4, 4, 0, 9999); break;
    case 'y':
      out.year = scan.number(2, 2, 0, 99);
      out.year += out.year >= 69 ? 1900 : 2000;
      break;
    case 'm': out.month = scan.number(1, 2, 1, 12); break;
    case 'd': out.day = scan.number(1, 2, 1, 31); break;
    case 'j': out.day_of_year = scan.number(1, 3, 1, 366); break;
    case 'H': out.hour = scan.number(1, 2, 0, 23); break;
    case 'I': out.hour = scan.number(1, 2, 1, 12); break;
    case 'M': out.minute = scan.number(1, 2, 0, 59); break;
    case 'S': out.second = scan.number(1, 2, 0, 59); break;
    case 'f': out.nanoseconds = scan.fraction(); break;
    case 'z': take_offset(scan, out); break;
    case 's': take_epoch(scan, out); break;
    default: take_word(scan, kind, out);
  }
}

}  // namespace

Result<TimePattern> TimePattern::make(std::string_view pattern) {
  TimePattern made;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      made.pattern_ += pattern[i];
      continue;
    }
    const char kind = i + 1 < pattern.size() ? pattern[++i] : '\0';
    if (kind == 'T') {
      made.pattern_ += "%H:%M:%S";
    } else if (kind == 'F') {
      made.pattern_ += "%Y-%m-%d";
    } else if (kind == '%' || kKnown.find(kind) != std::string_view::npos) {
      made.pattern_ += '%';
      made.pattern_ += kind;
    } else {
      return Error{Errc::kInvalidArgument, "\"" + printable(pattern) + "\": %" +
                                               std::string(1, kind) +
                                               " is not known; known are %Y %y %m %d %b %j %H %I "
                                               "%M %S %f %p %z %s %T %F %%"};
    }
  }
  const auto has = [&](std::string_view part) {
    return made.pattern_.find(part) != std::string::npos;
  };
  const bool day = (has("%d") && (has("%m") || has("%b"))) || has("%j");
  if (!has("%s") && !(day && (has("%Y") || has("%y")))) {
    return Error{Errc::kInvalidArgument,
                 "\"" + printable(pattern) + "\" has no whole date: year, month and day"};
  }
  return made;
}

bool TimePattern::read(std::string_view text, Wall& wall) const noexcept {
  Scanner scan{trimmed(text)};
  Fields out;
  for (std::size_t i = 0; i < pattern_.size() && scan.ok; ++i) {
    const char c = pattern_[i];
    if (c == ' ') {
      scan.skip_spaces();
    } else if (c == '%' && pattern_[i + 1] != '%') {
      take(scan, pattern_[++i], out);
    } else {
      if (c == '%') ++i;
      scan.ok = scan.skip(c);
    }
  }
  if (!scan.ok || !scan.rest.empty()) return false;
  if (out.half != 0) {
    if (out.hour < 1 || out.hour > 12) return false;
    out.hour = out.hour % 12 + (out.half == 2 ? 12 : 0);
  }
  std::int64_t days = days_from_civil(out.year, 1, 1) + out.day_of_year - 1;
  if (out.day_of_year == 0) {
    if (out.day > days_in_month(out.year, out.month)) return false;
    days = days_from_civil(out.year, out.month, out.day);
  }
  const std::int64_t clock = out.hour * 3600 + out.minute * 60 + out.second;
  wall.seconds = (out.has_epoch ? out.epoch : days * kDaySeconds + clock) - out.offset;
  wall.nanoseconds = out.nanoseconds;
  wall.has_offset = out.has_offset || out.has_epoch;
  return true;
}

}  // namespace factorwal::feed
