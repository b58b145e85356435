#include "feed/times/timestamp_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "feed/bytes/cells.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kYear1700 = days_from_civil(1700, 1, 1) * kDaySeconds;
constexpr std::int64_t kYear2200 = days_from_civil(2200, 1, 1) * kDaySeconds;
constexpr std::int64_t kSerialOf1970 = 25'569;
constexpr std::int64_t kNetSecondsOf1970 = -days_from_civil(1, 1, 1) * kDaySeconds;

std::int64_t unit_ns(StampForm form) noexcept {
  if (form == StampForm::kSeconds) return kSecondNs;
  if (form == StampForm::kMilliseconds) return 1'000'000;
  return form == StampForm::kMicroseconds ? 1'000 : 1;
}

bool is_epoch(StampForm form) noexcept {
  return form == StampForm::kSeconds || form == StampForm::kMilliseconds ||
         form == StampForm::kMicroseconds || form == StampForm::kNanoseconds;
}

TimeForm time_of(StampForm form) noexcept {
  if (form == StampForm::kCompactMinute) return TimeForm::kMinutes;
  if (form == StampForm::kCompactTime) return TimeForm::kSeconds;
  return form == StampForm::kCompactMilli ? TimeForm::kMillis : TimeForm::kMicros;
}

}  // namespace

TimestampReader::TimestampReader(StampPlan plan, LocalZone zone) noexcept
    : plan_(std::move(plan)),
      epoch_unit_ns_(is_epoch(plan_.form) ? unit_ns(plan_.form) : 0),
      zone_(zone) {}

BadRow TimestampReader::read(std::span<const std::string_view> parts, TimestampNs& time_ns) {
  Wall wall;
  // Most stamps, without a detour.
  if (epoch_unit_ns_ != 0 && parts.size() == 1) {
    if (const auto plain = plain_epoch(parts[0], epoch_unit_ns_)) {
      time_ns = *plain;
      return BadRow::kNone;
    }
  }
  ClockText text;
  if (plan_.form == StampForm::kText && parts.size() == 1 && parse_plain_stamp(parts[0], text)) {
    wall.seconds = text.days * kDaySeconds + text.second_of_day;
    wall.nanoseconds = text.nanoseconds;
    return to_utc(wall, time_ns);
  }
  if (plan_.form == StampForm::kPattern) {
    const BadRow bad = read_pattern(parts, wall);
    return bad == BadRow::kNone ? to_utc(wall, time_ns) : bad;
  }
  bool has_time = false;
  BadRow bad = read_date(trimmed(parts[0]), wall, has_time);
  if (bad != BadRow::kNone) return bad;
  if (parts.size() > 1) {
    // Midnight behind a date says nothing; any other time contradicts the second column.
    const bool midnight = wall.seconds % kDaySeconds == 0 && wall.nanoseconds == 0;
    if (has_time && !midnight) return BadRow::kBadTimestamp;
    if (is_epoch(plan_.form)) wall.is_utc = false;
    bad = read_time(trimmed(parts[1]), wall);
  }
  if (bad == BadRow::kNone && parts.size() > 2) {
    const std::string_view millis = trimmed(parts[2]);
    const std::size_t digits = whole_digits(millis);
    if (digits == 0 || digits > 3) return BadRow::kBadTimestamp;
    wall.nanoseconds += digits_value(millis.substr(0, digits)) * 1'000'000;
  }
  return bad == BadRow::kNone ? to_utc(wall, time_ns) : bad;
}

BadRow TimestampReader::read_date(std::string_view cell, Wall& wall, bool& has_time) {
  if (cell.empty()) return BadRow::kBadTimestamp;
  if (whole_digits(cell) == 0) {
    if (plan_.form == StampForm::kText) return read_text(cell, wall, has_time);
    const bool negative = cell.front() == '-' && whole_digits(cell.substr(1)) > 0;
    return negative ? BadRow::kAbsurdTimestamp : BadRow::kBadTimestamp;
  }
  // A column of texts may hold a compact date now and then, but no other number.
  if (plan_.form == StampForm::kText) {
    return cell.size() == 8 ? read_text(cell, wall, has_time) : BadRow::kBadTimestamp;
  }
  if (!plan_.any_number && form_of_number(cell) != plan_.form) return BadRow::kAbsurdTimestamp;
  return read_number(cell, wall, has_time);
}

BadRow TimestampReader::read_number(std::string_view cell, Wall& wall, bool& has_time) {
  const std::size_t count = whole_digits(cell);
  const std::string_view decimals =
      count < cell.size() ? cell.substr(count + 1) : std::string_view{};
  if (is_epoch(plan_.form)) {
    const std::int64_t unit = unit_ns(plan_.form);
    const std::int64_t per_second = kSecondNs / unit;
    if (count > 19) return BadRow::kAbsurdTimestamp;
    // 19 digits fit an unsigned number; what is too much for a time is beyond 2200 in any unit.
    std::uint64_t value = 0;
    for (const char c : cell.substr(0, count)) value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > std::uint64_t{INT64_MAX}) return BadRow::kAbsurdTimestamp;
    const auto whole = static_cast<std::int64_t>(value);
    wall.seconds = whole / per_second;
    wall.nanoseconds = whole % per_second * unit + fraction_ns(decimals, unit);
    wall.is_utc = has_time = true;
    return BadRow::kNone;
  }
  if (plan_.form == StampForm::kNetTicks) {
    // Any number of 18 digits is of the years 1 to 3169.
    if (count > 18) return BadRow::kAbsurdTimestamp;
    constexpr std::int64_t kPerSecond = 10'000'000;
    const std::int64_t ticks = digits_value(cell.substr(0, count));
    wall.seconds = ticks / kPerSecond - kNetSecondsOf1970;
    wall.nanoseconds = ticks % kPerSecond * 100;
    has_time = true;
    return BadRow::kNone;
  }
  std::int64_t ns_of_day = 0;
  if (plan_.form == StampForm::kSerial) {
    wall.seconds = (digits_value(cell.substr(0, count)) - kSerialOf1970) * kDaySeconds;
    has_time = !decimals.empty();
    ns_of_day = day_fraction_ns(decimals);
  } else {
    std::int64_t days = 0;
    if (!parse_compact_date(cell.substr(0, 8), days)) return BadRow::kBadTimestamp;
    wall.seconds = days * kDaySeconds;
    has_time = cell.size() > 8;
    if (has_time && !read_time_number(cell.substr(8), time_of(plan_.form), ns_of_day)) {
      return BadRow::kBadTimestamp;
    }
  }
  wall.seconds += ns_of_day / kSecondNs;
  wall.nanoseconds = ns_of_day % kSecondNs;
  return BadRow::kNone;
}

BadRow TimestampReader::read_text(std::string_view cell, Wall& wall, bool& has_time) {
  ClockText text;
  if (!parse_clock_text(cell, plan_.order, text) || !text.has_date || text.needs_order) {
    return BadRow::kBadTimestamp;
  }
  has_time = text.has_time;
  wall.seconds = text.days * kDaySeconds + text.second_of_day - text.offset_seconds.value_or(0);
  wall.nanoseconds = text.nanoseconds;
  wall.is_utc = text.offset_seconds.has_value();
  wall.zone = text.zone;
  if (text.time_digits.empty()) return BadRow::kNone;
  has_time = true;
  std::int64_t ns_of_day = 0;
  if (!read_time_number(text.time_digits, plan_.time, ns_of_day)) return BadRow::kBadTimestamp;
  wall.seconds += ns_of_day / kSecondNs;
  wall.nanoseconds = ns_of_day % kSecondNs;
  return BadRow::kNone;
}

BadRow TimestampReader::read_time(std::string_view cell, Wall& wall) const {
  if (plan_.time != TimeForm::kText) {
    std::int64_t ns_of_day = 0;
    if (whole_digits(cell) == 0) return BadRow::kBadTimestamp;
    if (!read_time_number(cell, plan_.time, ns_of_day)) return BadRow::kAbsurdTimestamp;
    wall.seconds += ns_of_day / kSecondNs;
    wall.nanoseconds = ns_of_day % kSecondNs;
    return BadRow::kNone;
  }
  ClockText text;
  if (!parse_clock_text(cell, plan_.order, text)) return BadRow::kBadTimestamp;
  if (text.has_date && !stands_for_no_date(text.days)) return BadRow::kBadTimestamp;
  wall.seconds += text.second_of_day - text.offset_seconds.value_or(0);
  wall.nanoseconds = text.nanoseconds;
  wall.is_utc = wall.is_utc || text.offset_seconds.has_value();
  if (!text.zone.empty()) wall.zone = text.zone;
  return BadRow::kNone;
}

BadRow TimestampReader::read_pattern(std::span<const std::string_view> parts, Wall& wall) const {
  std::array<char, 128> joined{};
  std::size_t size = 0;
  for (const std::string_view part : parts) {
    const std::string_view piece = trimmed(part);
    if (size + piece.size() + 1 > joined.size()) return BadRow::kBadTimestamp;
    if (size > 0) joined[size++] = ' ';
    std::copy(piece.begin(), piece.end(), joined.begin() + static_cast<std::ptrdiff_t>(size));
    size += piece.size();
  }
  TimePattern::Wall read;
  if (!plan_.pattern.read(std::string_view(joined.data(), size), read)) {
    return BadRow::kBadTimestamp;
  }
  wall.seconds = read.seconds;
  wall.nanoseconds = read.nanoseconds;
  wall.is_utc = read.has_offset;
  return BadRow::kNone;
}

BadRow TimestampReader::read_typed(std::int64_t seconds, std::int64_t nanoseconds, bool is_utc,
                                   TimestampNs& time_ns) {
  // Beyond any date, where zones would be asked in vain.
  if (seconds < 2 * kYear1700 || seconds > 2 * kYear2200) return BadRow::kAbsurdTimestamp;
  Wall wall{seconds, nanoseconds, is_utc, {}};
  return to_utc(wall, time_ns);
}

bool TimestampReader::is_readable(TimestampNs time_ns) noexcept {
  return time_ns >= kYear1700 * kSecondNs && time_ns < kYear2200 * kSecondNs;
}

BadRow TimestampReader::to_utc(Wall& wall, TimestampNs& time_ns) {
  wall.seconds += wall.nanoseconds / kSecondNs;
  wall.nanoseconds %= kSecondNs;
  if (!wall.is_utc) {
    LocalZone* zone = &zone_;
    if (!wall.zone.empty()) {
      if (wall.zone != zone_name_) {
        Result<LocalZone> found = LocalZone::find(std::string(wall.zone));
        if (!found) return BadRow::kBadTimestamp;
        named_zone_ = *found;
        zone_name_ = wall.zone;
      }
      zone = &named_zone_;
    }
    const LocalZone::Answer answer = zone->to_utc(wall.seconds);
    if (answer == LocalZone::Answer::kNonexistent) return BadRow::kNonexistentTime;
    if (answer == LocalZone::Answer::kAmbiguous) ++ambiguous_times_;
    used_zone_ = used_zone_ || zone == &zone_;
  }
  if (wall.seconds < kYear1700 || wall.seconds >= kYear2200) return BadRow::kAbsurdTimestamp;
  time_ns = wall.seconds * kSecondNs + wall.nanoseconds;
  return BadRow::kNone;
}

}  // namespace factorwal::feed
