#include "reading/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "factorwal/feed/text_stamp.h"
#include "factorwal/record.h"

namespace factorwal::tool {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

bool is_integer(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<TimestampNs> parse_time(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return Error{Errc::kInvalidArgument,
                 "`" + std::string(text) + "` is no time: " + std::string(why), 0};
  };
  constexpr std::string_view kForms =
      "nanoseconds since 1970 or ISO 8601, e.g. 2025-01-06T09:30:00+08:00";
  if (is_integer(text)) {
    const auto digits = text.starts_with('+') ? text.substr(1) : text;
    TimestampNs time_ns = 0;
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, time_ns);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return refuse("too far from 1970");
    return time_ns;
  }
  feed::TextStamp stamp;
  if (!feed::parse_text_stamp(text, stamp)) return refuse(kForms);
  TimestampNs time_ns = 0;
  if (__builtin_mul_overflow(stamp.seconds, kSecondNs, &time_ns) ||
      __builtin_add_overflow(time_ns, TimestampNs{stamp.nanoseconds}, &time_ns)) {
    return refuse("nanoseconds reach from 1677 to 2262");
  }
  return time_ns;
}

Result<AskedTime> parse_time_or_day(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) return time.error();
  AskedTime asked{*time, {}};
  constexpr std::string_view kDate = "YYYY-MM-DD";
  if (text.size() == kDate.size() && text.find('-', 1) == 4) {
    asked.day = std::chrono::floor<std::chrono::days>(std::chrono::nanoseconds(*time)).count();
  }
  return asked;
}

int fraction_digits(TimestampNs time_ns) {
  if (time_ns == kNoTimestamp || time_ns % kSecondNs == 0) return 0;
  if (time_ns % 1'000'000 == 0) return 3;
  return time_ns % 1'000 == 0 ? 6 : 9;
}

std::string iso_time(TimestampNs time_ns, int digits) {
  if (time_ns == kNoTimestamp) return {};
  using std::chrono::days;
  using std::chrono::nanoseconds;
  const nanoseconds since_epoch(time_ns);
  const auto day = std::chrono::floor<days>(since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const auto of_day = (since_epoch - day).count();
  const auto second = of_day / kSecondNs;
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60),
                static_cast<int>(of_day % kSecondNs));
  std::string out = text.data();
  out.resize(out.size() - (digits == 0 ? 10 : 9 - static_cast<std::size_t>(digits)));
  return out + 'Z';
}

std::string iso_time(TimestampNs time_ns) { return iso_time(time_ns, fraction_digits(time_ns)); }

}  // namespace factorwal::tool
