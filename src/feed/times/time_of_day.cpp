#include "feed/times/time_of_day.h"

#include <algorithm>

#include "feed/bytes/cells.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr std::array<TimeForm, 4> kCompact = {TimeForm::kMinutes, TimeForm::kSeconds,
                                              TimeForm::kMillis, TimeForm::kMicros};
constexpr std::array<TimeForm, 4> kOfDay = {TimeForm::kSecondOfDay, TimeForm::kMilliOfDay,
                                            TimeForm::kMicroOfDay, TimeForm::kNanoOfDay};

/// The most digits that a number of each form has.
constexpr std::array<std::size_t, 4> kCompactDigits = {4, 6, 9, 12};
constexpr std::array<std::size_t, 4> kOfDayDigits = {5, 8, 11, 14};
/// What of a compact number stands behind its minutes.
constexpr std::array<std::int64_t, 4> kPerMinute = {1, 100, 100'000, 100'000'000};

/// The first form that has so many digits; the last if none has.
std::size_t natural_index(std::size_t digits, const std::array<std::size_t, 4>& most) noexcept {
  std::size_t i = 0;
  while (i + 1 < most.size() && digits > most[i]) ++i;
  return i;
}

struct Digits {
  std::string_view whole;
  std::string_view decimals;
};

/// Digits, with a point and digits perhaps.
std::optional<Digits> digits_of(std::string_view number) noexcept {
  const std::size_t count = whole_digits(number);
  if (count == 0 || count > 18) return std::nullopt;
  Digits found{number.substr(0, count), {}};
  if (count < number.size()) found.decimals = number.substr(count + 1);
  return found;
}

bool all_zeros(std::string_view digits) noexcept {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

std::size_t width_of(TimeForm form) noexcept {
  switch (form) {
    case TimeForm::kMinutes: return 4;
    case TimeForm::kSeconds: return 6;
    case TimeForm::kMillis: return 9;
    default: return 12;
  }
}

bool read_compact(const Digits& digits, TimeForm form, std::int64_t& ns_of_day) noexcept {
  const std::size_t width = width_of(form);
  const std::size_t size = digits.whole.size();
  const bool padded = size > 1 && digits.whole.front() == '0';
  if (size > width || (padded && size != width)) return false;
  if (form != TimeForm::kSeconds && !all_zeros(digits.decimals)) return false;
  std::int64_t value = digits_value(digits.whole);
  std::int64_t sub_ns = 0;
  if (form == TimeForm::kMillis) {
    sub_ns = value % 1'000 * 1'000'000;
    value /= 1'000;
  } else if (form == TimeForm::kMicros) {
    sub_ns = value % 1'000'000 * 1'000;
    value /= 1'000'000;
  } else if (form == TimeForm::kMinutes) {
    value *= 100;
  } else {
    sub_ns = fraction_ns(digits.decimals, kSecondNs);
  }
  const std::int64_t hour = value / 10'000;
  const std::int64_t minute = value / 100 % 100;
  const std::int64_t second = value % 100;
  if (hour > 23 || minute > 59 || second > 59) return false;
  ns_of_day = (hour * 3600 + minute * 60 + second) * kSecondNs + sub_ns;
  return true;
}

bool read_of_day(const Digits& digits, TimeForm form, std::int64_t& ns_of_day) noexcept {
  if (digits.whole.size() > 1 && digits.whole.front() == '0') return false;
  std::int64_t unit_ns = 1;
  if (form == TimeForm::kSecondOfDay) unit_ns = kSecondNs;
  if (form == TimeForm::kMilliOfDay) unit_ns = 1'000'000;
  if (form == TimeForm::kMicroOfDay) unit_ns = 1'000;
  const std::int64_t value = digits_value(digits.whole);
  if (value >= kDayNs / unit_ns) return false;
  ns_of_day = value * unit_ns + fraction_ns(digits.decimals, unit_ns);
  return true;
}

bool read_hours(const Digits& digits, std::int64_t& ns_of_day) noexcept {
  const std::int64_t hours = digits_value(digits.whole);
  if (digits.whole.size() > 2 || hours > 23 || !all_zeros(digits.decimals)) return false;
  ns_of_day = hours * 3600 * kSecondNs;
  return true;
}

}  // namespace

std::string_view to_string(TimeForm form) noexcept {
  switch (form) {
    case TimeForm::kNone: return "none";
    case TimeForm::kText: return "texts";
    case TimeForm::kMinutes: return "HHMM";
    case TimeForm::kSeconds: return "HHMMSS";
    case TimeForm::kMillis: return "HHMMSSmmm";
    case TimeForm::kMicros: return "HHMMSSuuuuuu";
    case TimeForm::kSecondOfDay: return "seconds since midnight";
    case TimeForm::kMilliOfDay: return "milliseconds since midnight";
    case TimeForm::kMicroOfDay: return "microseconds since midnight";
    case TimeForm::kNanoOfDay: return "nanoseconds since midnight";
    case TimeForm::kDayFraction: return "fractions of a day";
    case TimeForm::kHours: return "HH";
  }
  return "unknown";
}

std::int64_t day_fraction_ns(std::string_view decimals) noexcept {
  std::int64_t exact = 0;
  for (std::size_t i = decimals.size(); i-- > 0;) {
    exact = ((decimals[i] - '0') * kDayNs + exact) / 10;
  }
  std::int64_t unit_ns = 1'000'000;
  if (decimals.size() <= 8) unit_ns = kSecondNs;
  if (decimals.size() <= 4) unit_ns = 60 * kSecondNs;
  return (exact + unit_ns / 2) / unit_ns * unit_ns;
}

bool read_time_number(std::string_view number, TimeForm form, std::int64_t& ns_of_day) noexcept {
  const std::optional<Digits> digits = digits_of(number);
  if (!digits) return false;
  switch (form) {
    case TimeForm::kNone:
    case TimeForm::kText: return false;
    case TimeForm::kDayFraction:
      if (!all_zeros(digits->whole)) return false;
      ns_of_day = day_fraction_ns(digits->decimals);
      return ns_of_day < kDayNs;
    case TimeForm::kHours: return read_hours(*digits, ns_of_day);
    case TimeForm::kMinutes:
    case TimeForm::kSeconds:
    case TimeForm::kMillis:
    case TimeForm::kMicros: return read_compact(*digits, form, ns_of_day);
    default: return read_of_day(*digits, form, ns_of_day);
  }
}

void TimeOfDayGuess::add(std::string_view number) noexcept {
  if (count_ == 0) first_ = number;
  ++count_;
  const std::optional<Digits> digits = digits_of(number);
  if (!digits) return;
  all_zero_ = all_zero_ && all_zeros(digits->whole) && all_zeros(digits->decimals);
  digits_max_ = std::max(digits_max_, digits->whole.size());
  const std::int64_t value = digits_value(digits->whole);
  for (std::size_t i = 0; i < kCompact.size(); ++i) {
    const std::int64_t minute = value / kPerMinute[i];
    minute_changes_[i] += minute != last_minutes_[i] ? 1U : 0U;
    last_minutes_[i] = minute;
  }
  for (std::size_t i = 0; i < kTimeForms; ++i) {
    std::int64_t ns = 0;
    readable_[i] += read_time_number(number, static_cast<TimeForm>(i), ns) ? 1U : 0U;
  }
}

TimeForm TimeOfDayGuess::narrowest(std::span<const TimeForm> forms) const noexcept {
  const auto found =
      std::find_if(forms.begin(), forms.end(), [&](TimeForm form) { return possible(form); });
  return found == forms.end() ? TimeForm::kNone : *found;
}

std::uint64_t TimeOfDayGuess::most() const noexcept {
  return *std::max_element(readable_.begin(), readable_.end());
}

bool TimeOfDayGuess::possible(TimeForm form) const noexcept {
  return most() > 0 && readable_[static_cast<std::size_t>(form)] == most();
}

bool TimeOfDayGuess::settled() const noexcept {
  std::size_t left = 0;
  for (std::size_t i = 0; i < kTimeForms; ++i) left += possible(static_cast<TimeForm>(i)) ? 1U : 0U;
  return left == 1;
}

std::optional<TimeForm> TimeOfDayGuess::form(bool since_midnight, Unclear& unclear) const {
  const std::string example = in_quotes(first_);
  if (most() == 0) {
    unclear.why = "no form of a time of day fits its numbers, e.g. " + example;
    return std::nullopt;
  }
  const TimeForm compact = narrowest(kCompact);
  if (all_zero_ && compact != TimeForm::kNone) return compact;
  // A point in 0.39 tells; of whole numbers only zeros are fractions of a day as well.
  if (possible(TimeForm::kDayFraction)) return TimeForm::kDayFraction;
  const auto may_be = [&](TimeForm one, TimeForm two) {
    unclear.why = example + " may be " + std::string(to_string(one)) + " or " +
                  std::string(to_string(two)) + ", and too few rows tell which";
    unclear.one = one;
    unclear.two = two;
    return std::nullopt;
  };
  if (digits_max_ <= 2) {
    const bool hours = possible(TimeForm::kHours);
    const bool minutes = possible(TimeForm::kMinutes);
    if (hours && !minutes) return TimeForm::kHours;
    // Nine minutes past midnight, or nine o'clock.
    if (hours) return may_be(TimeForm::kHours, TimeForm::kMinutes);
    if (minutes) return may_be(TimeForm::kMinutes, TimeForm::kSeconds);
  }
  for (const TimeForm narrower : kCompact) {
    const std::uint64_t readable = readable_[static_cast<std::size_t>(narrower)];
    if (readable == most()) break;
    if (readable * 10 >= most() * 9) {
      unclear.why =
          "most of its numbers read as " + std::string(to_string(narrower)) + ", but not all";
      return std::nullopt;
    }
  }
  // The widest number has all of its digits, or lacks one: times of a whole day reach there.
  const TimeForm natural = kCompact[natural_index(digits_max_, kCompactDigits)];
  const TimeForm count = kOfDay[natural_index(digits_max_, kOfDayDigits)];
  const bool counted = since_midnight && possible(count);
  if (!counted) {
    if (possible(natural)) return natural;
    if (compact != TimeForm::kNone) return compact;
    unclear.why = "no form fits " + example;
    return std::nullopt;
  }
  // A count has as many digits as it can only late in the night; 34260 is no HHMMSS.
  const bool full = digits_max_ == kOfDayDigits[natural_index(digits_max_, kOfDayDigits)];
  if (!possible(natural) && (full || compact == TimeForm::kNone)) return count;
  // 34200 may be 03:42:00, or 09:30:00 since midnight; many minutes without a 60 in them tell.
  constexpr std::uint64_t kEnough = 20;
  const std::uint64_t minutes = minute_changes_[natural_index(digits_max_, kCompactDigits)];
  if (possible(natural) && (!full || minutes >= kEnough)) return natural;
  return may_be(possible(natural) ? natural : compact, count);
}

}  // namespace factorwal::feed
