#include "factorwal/trading_days.h"

#include <date/tz.h>

#include <charconv>
#include <exception>

namespace factorwal {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDaySeconds = 86'400;

std::int64_t floor_divide(std::int64_t number, std::int64_t by) {
  return number / by - (number % by < 0 ? 1 : 0);
}

/// 0: Sunday, 6: Saturday. 1970-01-01 was a Thursday.
std::int64_t weekday(std::int64_t day) { return day + 4 - 7 * floor_divide(day + 4, 7); }
bool is_weekend(std::int64_t day) { return weekday(day) == 0 || weekday(day) == 6; }

/// "HH:MM" as seconds.
bool parse_clock(std::string_view text, std::int64_t& seconds) {
  if (text.size() != 5 || text[2] != ':') return false;
  int hours = 0;
  int minutes = 0;
  const auto number = [](std::string_view digits, int& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && value >= 0;
  };
  if (!number(text.substr(0, 2), hours) || !number(text.substr(3), minutes)) return false;
  seconds = hours * 3600 + minutes * 60;
  return hours < 24 && minutes < 60;
}

}  // namespace

/// Offsets from UTC, in seconds.
class TradingDays::Zone {
 public:
  explicit Zone(std::int64_t offset) : offset_(offset) {}
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}

  std::int64_t at(std::int64_t seconds) {
    if (zone_ != nullptr && (seconds < begin_ || seconds >= end_)) {
      const auto info = zone_->get_info(date::sys_seconds{std::chrono::seconds{seconds}});
      begin_ = info.begin.time_since_epoch().count();
      end_ = info.end.time_since_epoch().count();
      offset_ = info.offset.count();
    }
    return offset_;
  }
  /// UTC of the wall clock: the earlier instant of a time that comes twice, and the change of
  /// clocks for one that never comes.
  [[nodiscard]] std::int64_t to_utc(std::int64_t wall) const {
    if (zone_ == nullptr) return wall - offset_;
    const auto info = zone_->get_info(date::local_seconds{std::chrono::seconds{wall}});
    if (info.result == date::local_info::nonexistent)
      return info.first.end.time_since_epoch().count();
    return wall - info.first.offset.count();
  }

 private:
  const date::time_zone* zone_ = nullptr;
  std::int64_t offset_ = 0;
  std::int64_t begin_ = 0;  // of the time for which `offset_` holds; none yet
  std::int64_t end_ = 0;
};

TradingDays::TradingDays() = default;

Result<TradingDays> TradingDays::parse(std::string_view text) {
  const Error refused{Errc::kInvalidArgument,
                      "trading days '" + std::string(text) +
                          "': say when a day begins, e.g. \"18:00 Asia/Shanghai\" or "
                          "\"18:00+08:00\""};
  TradingDays days;
  if (text.size() < 6 || !parse_clock(text.substr(0, 5), days.begins_)) return refused;
  const auto place = text.substr(5);
  if (place.front() == '+' || place.front() == '-') {
    std::int64_t offset = 0;
    if (!parse_clock(place.substr(1), offset)) return refused;
    days.zone_ = std::make_shared<Zone>(place.front() == '-' ? -offset : offset);
  } else if (place.front() != ' ' || place.size() == 1) {
    return refused;
  } else if (place != " UTC") {
    try {
      days.zone_ = std::make_shared<Zone>(date::locate_zone(place.substr(1)));
      static_cast<void>(days.zone_->at(0));
    } catch (const std::exception&) {
      return Error{Errc::kNotFound, "trading days '" + std::string(text) + "': \"" +
                                        std::string(place.substr(1)) +
                                        "\" is not in the system's zone database (IANA names, e.g. "
                                        "Asia/Shanghai; Debian package tzdata)"};
    }
  }
  days.text_ = text;
  return days;
}

std::int32_t TradingDays::day_of(TimestampNs time) const {
  const auto utc = floor_divide(time, kSecondNs);
  const auto wall = utc + (zone_ == nullptr ? 0 : zone_->at(utc));
  const bool evening = begins_ >= kDaySeconds / 2;
  auto day = floor_divide(wall - begins_, kDaySeconds) + (evening ? 1 : 0);
  while (evening && is_weekend(day)) ++day;
  return static_cast<std::int32_t>(day);
}

TimestampNs TradingDays::begin_of(std::int32_t day) const {
  std::int64_t begin = day;
  if (begins_ >= kDaySeconds / 2) {
    while (is_weekend(begin)) ++begin;
    do {
      --begin;
    } while (is_weekend(begin));
  }
  const auto wall = begin * kDaySeconds + begins_;
  return (zone_ == nullptr ? wall : zone_->to_utc(wall)) * kSecondNs;
}

}  // namespace factorwal
