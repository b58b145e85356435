#include "factorwal/feed/text_stamp.h"

#include "feed/times/calendar.h"
#include "feed/times/clock_text.h"
#include "feed/times/time_of_day.h"

namespace factorwal::feed {

bool parse_text_stamp(std::string_view text, TextStamp& stamp) noexcept {
  ClockText read;
  stamp = TextStamp{};
  if (!parse_clock_text(text, DateOrder::kUnknown, read)) return false;
  if (!read.has_date || read.needs_order || !read.zone.empty()) return false;
  std::int64_t ns_of_day = read.second_of_day * kSecondNs + read.nanoseconds;
  if (!read.time_digits.empty()) {
    // Alone, a time is taken for one that lost the zero of its hour at most.
    const std::size_t size = read.time_digits.size();
    const TimeForm form = size <= 4   ? TimeForm::kMinutes
                          : size <= 6 ? TimeForm::kSeconds
                                      : TimeForm::kMillis;
    if (size == 3 || size == 7 || size > 9) return false;
    if (!read_time_number(read.time_digits, form, ns_of_day)) return false;
  }
  stamp.seconds = read.days * kDaySeconds + ns_of_day / kSecondNs - read.offset_seconds.value_or(0);
  stamp.nanoseconds = static_cast<std::int32_t>(ns_of_day % kSecondNs);
  stamp.has_offset = read.offset_seconds.has_value();
  return true;
}

}  // namespace factorwal::feed
