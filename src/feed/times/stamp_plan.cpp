#include "feed/times/stamp_plan.h"

#include <algorithm>

#include "feed/bytes/cells.h"
#include "feed/digits.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t k1990 = 631'152'000;
constexpr std::int64_t k2100 = 4'102'444'800;
constexpr std::int64_t kNetTicks2000 = 630'822'816'000'000'000;
constexpr std::int64_t kNetTicks2100 = 662'380'416'000'000'000;
constexpr std::int64_t kSerial1990 = 32'874;
constexpr std::int64_t kSerial2100 = 73'051;

Error unclear(std::string what) { return Error{Errc::kInvalidArgument, std::move(what)}; }

bool is_epoch(std::int64_t value, std::int64_t per_second) noexcept {
  return value >= k1990 * per_second && value / per_second < k2100;
}

/// Of a count since 1970; 0 for anything else.
std::int64_t units_per_second(StampForm form) noexcept {
  switch (form) {
    case StampForm::kSeconds: return 1;
    case StampForm::kMilliseconds: return 1'000;
    case StampForm::kMicroseconds: return 1'000'000;
    case StampForm::kNanoseconds: return kSecondNs;
    default: return 0;
  }
}

StampForm form_of_length(std::size_t digit_count) noexcept {
  switch (digit_count) {
    case 8: return StampForm::kCompactDate;
    case 12: return StampForm::kCompactMinute;
    case 14: return StampForm::kCompactTime;
    case 17: return StampForm::kCompactMilli;
    case 20: return StampForm::kCompactMicro;
    default: return StampForm::kUnknown;
  }
}

StampForm compact_form(std::string_view digits) noexcept {
  const StampForm form = form_of_length(digits.size());
  std::int64_t days = 0;
  if (form == StampForm::kUnknown || !parse_compact_date(digits.substr(0, 8), days)) {
    return StampForm::kUnknown;
  }
  // Of 2,000 years of dates, those of markets.
  const bool usual = digits.substr(0, 4) >= "1700" && digits.substr(0, 4) < "2200";
  return usual ? form : StampForm::kUnknown;
}

std::optional<std::uint64_t> value_of_all(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  std::size_t at = 0;
  for (; at + 8 <= digits.size(); at += 8) {
    const std::uint64_t eight = eight_at(digits.data() + at) ^ kEachByte * '0';
    if (!are_digits(eight)) return std::nullopt;
    value = value * 100'000'000 + value_of_digits(eight);
  }
  for (; at < digits.size(); ++at) {
    if (!is_digit(digits[at])) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(digits[at] - '0');
  }
  return value;
}

struct FormatWord {
  std::string_view word;
  StampForm form;
  DateOrder order;
  TimeForm time;
};
constexpr auto kWords = std::to_array<FormatWord>({
    {"dmy", StampForm::kText, DateOrder::kDayFirst, TimeForm::kNone},
    {"mdy", StampForm::kText, DateOrder::kMonthFirst, TimeForm::kNone},
    {"s", StampForm::kSeconds, DateOrder::kUnknown, TimeForm::kNone},
    {"ms", StampForm::kMilliseconds, DateOrder::kUnknown, TimeForm::kNone},
    {"us", StampForm::kMicroseconds, DateOrder::kUnknown, TimeForm::kNone},
    {"ns", StampForm::kNanoseconds, DateOrder::kUnknown, TimeForm::kNone},
    {"net-ticks", StampForm::kNetTicks, DateOrder::kUnknown, TimeForm::kNone},
    {"serial", StampForm::kSerial, DateOrder::kUnknown, TimeForm::kNone},
    {"HH", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kHours},
    {"HHMM", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kMinutes},
    {"HHMMSS", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kSeconds},
    {"HHMMSSmmm", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kMillis},
    {"HHMMSSuuuuuu", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kMicros},
    {"s-of-day", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kSecondOfDay},
    {"ms-of-day", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kMilliOfDay},
    {"us-of-day", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kMicroOfDay},
    {"ns-of-day", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kNanoOfDay},
    {"day-fraction", StampForm::kUnknown, DateOrder::kUnknown, TimeForm::kDayFraction},
});

/// `2003020930`: 2020-03-02 09:30, or seconds of 2033.
bool is_short_date(std::string_view digits) noexcept {
  std::int64_t days = 0;
  std::int64_t ns = 0;
  return digits.size() == 10 && whole_digits(digits) == digits.size() &&
         parse_compact_date("20" + std::string(digits.substr(0, 6)), days) &&
         read_time_number(digits.substr(6), TimeForm::kMinutes, ns);
}

/// A time of day, perhaps with a date that stands for none; midnight of that may be a date.
bool has_no_date(const ClockText& text) noexcept {
  const bool midnight = text.second_of_day == 0 && text.nanoseconds == 0;
  const bool local = !text.offset_seconds && text.zone.empty();
  return !text.has_date || (text.has_time && local && !midnight && stands_for_no_date(text.days));
}

std::string word_of(TimeForm form) {
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const FormatWord& known) { return known.time == form; });
  return found == kWords.end() ? std::string() : std::string(found->word);
}

}  // namespace

std::string_view to_string(StampForm form) noexcept {
  switch (form) {
    case StampForm::kUnknown: return "unknown";
    case StampForm::kSeconds: return "numbers in seconds";
    case StampForm::kMilliseconds: return "numbers in milliseconds";
    case StampForm::kMicroseconds: return "numbers in microseconds";
    case StampForm::kNanoseconds: return "numbers in nanoseconds";
    case StampForm::kCompactDate: return "dates YYYYMMDD";
    case StampForm::kCompactMinute: return "times YYYYMMDDhhmm";
    case StampForm::kCompactTime: return "times YYYYMMDDhhmmss";
    case StampForm::kCompactMilli: return "times YYYYMMDDhhmmssmmm";
    case StampForm::kCompactMicro: return "times YYYYMMDDhhmmssuuuuuu";
    case StampForm::kSerial: return "a spreadsheet's day numbers";
    case StampForm::kText: return "dates and times as text";
    case StampForm::kPattern: return "of the form that was given";
    case StampForm::kTimeOfDay: return "times of day";
    case StampForm::kNetTicks: return "numbers in .NET's ticks";
  }
  return "unknown";
}

std::string form_text(const StampPlan& plan) {
  std::string text(to_string(plan.form));
  if (plan.order == DateOrder::kDayFirst) text += ", the day first";
  if (plan.order == DateOrder::kMonthFirst) text += ", the month first";
  if (plan.time != TimeForm::kNone && plan.time != TimeForm::kText) {
    text += ", times of day " + std::string(to_string(plan.time));
  }
  return text;
}

std::optional<TimestampNs> plain_epoch(std::string_view number, std::int64_t unit_ns) noexcept {
  const std::size_t count = number.size();
  if (count > 19 || form_of_length(count) != StampForm::kUnknown) return std::nullopt;
  const std::optional<std::uint64_t> value = value_of_all(number);
  // No unit's numbers are those of another one.
  const auto per_second = static_cast<std::uint64_t>(kSecondNs / unit_ns);
  if (!value || *value < k1990 * per_second || *value >= k2100 * per_second) return std::nullopt;
  return static_cast<TimestampNs>(*value) * unit_ns;
}

StampForm form_of_number(std::string_view number) noexcept {
  Scanner scan{number};
  const std::size_t count = scan.digits_ahead();
  const std::string_view whole = number.substr(0, count);
  if (count == number.size()) {
    if (const StampForm compact = compact_form(whole); compact != StampForm::kUnknown) {
      return compact;
    }
  } else if (count == 14 && compact_form(whole) == StampForm::kCompactTime) {
    return StampForm::kCompactTime;
  }
  if (count > 19) return StampForm::kUnknown;
  std::uint64_t magnitude = 0;
  for (const char c : whole) magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  if (magnitude > std::uint64_t{INT64_MAX}) return StampForm::kUnknown;
  const auto value = static_cast<std::int64_t>(magnitude);
  if (is_epoch(value, 1)) return StampForm::kSeconds;
  if (is_epoch(value, 1'000)) return StampForm::kMilliseconds;
  if (is_epoch(value, 1'000'000)) return StampForm::kMicroseconds;
  if (is_epoch(value, kSecondNs)) return StampForm::kNanoseconds;
  if (value >= kSerial1990 && value < kSerial2100 && count == 5) return StampForm::kSerial;
  return value < kDayNs ? StampForm::kTimeOfDay : StampForm::kUnknown;
}

bool is_time_alone(std::string_view cell) noexcept {
  cell = trimmed(cell);
  if (whole_digits(cell) > 0) {
    const StampForm form = form_of_number(cell);
    // 34200 is a day of 1993, or 09:30: beside a date it is a time.
    return form == StampForm::kTimeOfDay || form == StampForm::kSerial;
  }
  ClockText text;
  return parse_clock_text(cell, DateOrder::kUnknown, text) && has_no_date(text);
}

bool is_date_alone(std::string_view cell) noexcept {
  cell = trimmed(cell);
  if (whole_digits(cell) > 0) {
    const StampForm form = form_of_number(cell);
    if (const std::int64_t per_second = units_per_second(form); per_second > 0) {
      Scanner scan{cell};
      const std::int64_t per_day = kDaySeconds * per_second;
      std::int64_t value = 0;
      for (const char c : cell.substr(0, scan.digits_ahead())) value = value * 10 + (c - '0');
      return value % per_day == 0;
    }
    return form == StampForm::kCompactDate ||
           (form == StampForm::kSerial && cell.find('.') == std::string_view::npos);
  }
  ClockText text;
  return parse_clock_text(cell, DateOrder::kUnknown, text) && text.has_date &&
         text.time_digits.empty() && text.second_of_day == 0 && text.nanoseconds == 0;
}

bool is_dated(std::string_view cell) noexcept {
  cell = trimmed(cell);
  if (whole_digits(cell) > 0) {
    const StampForm form = form_of_number(cell);
    return form != StampForm::kTimeOfDay && form != StampForm::kUnknown;
  }
  ClockText text;
  return parse_clock_text(cell, DateOrder::kUnknown, text) && !has_no_date(text);
}

bool is_whole_second(std::string_view cell) noexcept {
  cell = trimmed(cell);
  const std::size_t digits = whole_digits(cell);
  const bool fraction = cell.find_first_of(".,") != std::string_view::npos;
  if (digits > 0) return digits <= 6 && !fraction;
  // 09:30:00:500
  return !fraction && std::count(cell.begin(), cell.end(), ':') <= 2;
}

bool is_milliseconds(std::string_view cell) noexcept {
  const std::size_t digits = whole_digits(trimmed(cell));
  return digits > 0 && digits <= 3;
}

Status StampGuess::use_format(std::string_view time_format) {
  if (time_format.empty()) return {};
  if (time_format.find('%') != std::string_view::npos) {
    Result<TimePattern> pattern = TimePattern::make(time_format);
    if (!pattern) return pattern.error();
    told_.form = StampForm::kPattern;
    told_.pattern = std::move(*pattern);
    return {};
  }
  while (!time_format.empty()) {
    const std::size_t comma = time_format.find(',');
    const std::string_view word = trimmed(time_format.substr(0, comma));
    const auto found = std::find_if(kWords.begin(), kWords.end(),
                                    [&](const FormatWord& known) { return known.word == word; });
    if (found == kWords.end()) {
      std::string known;
      for (const FormatWord& one : kWords)
        known += (known.empty() ? "" : ", ") + std::string(one.word);
      return unclear(
          "\"" + printable(word) +
          "\" is no form of a time: either a pattern like %d/%m/%Y %H:%M:%S, or words of "
          "these, parted by commas: " +
          known);
    }
    if (found->form != StampForm::kUnknown) told_.form = found->form;
    told_.any_number =
        told_.any_number || found->form == StampForm::kSeconds ||
        found->form == StampForm::kMilliseconds || found->form == StampForm::kMicroseconds ||
        found->form == StampForm::kNanoseconds || found->form == StampForm::kNetTicks;
    if (found->order != DateOrder::kUnknown) told_.order = found->order;
    if (found->time != TimeForm::kNone) told_.time = found->time;
    time_format =
        comma == std::string_view::npos ? std::string_view{} : time_format.substr(comma + 1);
  }
  return {};
}

void StampGuess::add(std::span<const std::string_view> parts) {
  if (parts.empty() || trimmed(parts[0]).empty()) return;
  add_date(trimmed(parts[0]));
  if (parts.size() > 1) add_time(trimmed(parts[1]));
}

void StampGuess::add_date(std::string_view cell) {
  if (first_.empty()) first_ = cell;
  ++cells_;
  StampForm form = StampForm::kUnknown;
  if (whole_digits(cell) > 0) {
    form = form_of_number(cell);
    add_doubts(cell, form);
  } else {
    ClockText text;
    if (parse_clock_text(cell, told_.order, text)) {
      form = has_no_date(text) ? StampForm::kTimeOfDay : StampForm::kText;
      day_first_ += text.only_order == DateOrder::kDayFirst ? 1U : 0U;
      month_first_ += text.only_order == DateOrder::kMonthFirst ? 1U : 0U;
      if (text.needs_order && !needs_order_) open_example_ = cell;
      needs_order_ = needs_order_ || text.needs_order;
      if (part_count_ == 1 && !text.time_digits.empty()) times_.add(text.time_digits);
    }
  }
  if (first_form_ == StampForm::kUnknown) first_form_ = form;
  ++forms_[static_cast<std::size_t>(form)];
}

void StampGuess::add_doubts(std::string_view number, StampForm form) {
  const std::size_t digits = whole_digits(number);
  if (digits == 18) {
    const std::int64_t value = digits_value(number.substr(0, digits));
    net_ticks_ += value >= kNetTicks2000 && value < kNetTicks2100 ? 1U : 0U;
  }
  if (form == StampForm::kSeconds) short_dates_ += is_short_date(number) ? 1U : 0U;
}

bool StampGuess::may_be_short_dates() const {
  const std::uint64_t seconds = forms_[static_cast<std::size_t>(StampForm::kSeconds)];
  return told_.form == StampForm::kUnknown && seconds > 0 && short_dates_ == seconds;
}

/// Numbers that are two times.
std::string StampGuess::doubt(std::string_view option) const {
  const std::string word(option);
  if (told_.form == StampForm::kUnknown && net_ticks_ * 2 > cells_) {
    return "the timestamp " + in_quotes(first_) +
           " may be nanoseconds since 1970 or .NET's ticks (100 ns since the year 1); " + word +
           " ns or " + word + " net-ticks says which";
  }
  if (!may_be_short_dates() || likeliest_form() != StampForm::kSeconds) return {};
  std::string text = "the timestamp " + in_quotes(first_) +
                     " may be seconds since 1970 or a date YYMMDDhhmm; " + word + " s or " + word +
                     " %y%m%d%H%M says which";
  // WonderTrader's years of this century begin at 10, and those of today at 30.
  if (first_ >= "30") {
    text += "; where years count from 1990 (WonderTrader), add 199000000000 to the numbers";
  }
  return text;
}

void StampGuess::add_time(std::string_view cell) {
  if (cell.empty()) return;
  if (whole_digits(cell) > 0) {
    times_.add(cell);
  } else {
    ++time_texts_;
  }
}

StampForm StampGuess::likeliest_form() const {
  if (told_.form != StampForm::kUnknown) return told_.form;
  StampForm best = first_form_;  // of equals, the first row's
  std::uint64_t most = forms_[static_cast<std::size_t>(best)];
  if (best == StampForm::kUnknown) most = 0;
  for (std::size_t i = 1; i < kStampForms; ++i) {
    if (forms_[i] <= most) continue;
    most = forms_[i];
    best = static_cast<StampForm>(i);
  }
  return best;
}

bool StampGuess::settled() const {
  if (told_.form == StampForm::kPattern) return true;
  const bool ordered =
      !needs_order_ || told_.order != DateOrder::kUnknown || day_first_ > 0 || month_first_ > 0;
  const bool timed = told_.time != TimeForm::kNone || times_.empty() || times_.settled();
  return ordered && timed && !may_be_short_dates();
}

Result<TimeForm> StampGuess::time_form(std::string_view option) const {
  if (told_.time != TimeForm::kNone) return told_.time;
  if (times_.empty()) return part_count_ > 1 ? TimeForm::kText : TimeForm::kNone;
  TimeOfDayGuess::Unclear open;
  const std::optional<TimeForm> form = times_.form(part_count_ > 1, open);
  if (form) return *form;
  const std::string word(option);
  return unclear("the times of day are not clear: " + open.why + "; " +
                 (open.one == TimeForm::kNone ? word + " gives their form"
                                              : word + " " + word_of(open.one) + " or " + word +
                                                    " " + word_of(open.two) + " says which"));
}

Result<StampPlan> StampGuess::plan(std::string_view option) const {
  StampPlan plan = told_;
  plan.form = likeliest_form();
  if (plan.form == StampForm::kPattern) return plan;
  if (const std::string open = doubt(option); !open.empty()) return unclear(open);
  if (plan.form == StampForm::kUnknown && !first_.empty()) {
    return unclear("the timestamp " + in_quotes(first_) + " cannot be read; " +
                   std::string(option) + " gives its form, e.g. \"%d.%m.%y %H:%M:%S\"");
  }
  if (plan.form == StampForm::kTimeOfDay && whole_digits(first_) > 0) {
    return unclear("the timestamp " + in_quotes(first_) +
                   " is a number that is no time of 1990 to 2100 in any unit; " +
                   std::string(option) +
                   " gives its form; if these are times of day without a date, they need one in a "
                   "column beside them");
  }
  if (plan.form == StampForm::kTimeOfDay) {
    return unclear("the timestamp column has times of day without a date, e.g. " +
                   in_quotes(first_));
  }
  const bool open = needs_order_ && told_.order == DateOrder::kUnknown;
  if (open && day_first_ == 0 && month_first_ == 0) {
    return unclear("the date " + in_quotes(open_example_) +
                   " may have the day or the month first, and no row tells which; " +
                   std::string(option) + " dmy or " + std::string(option) + " mdy says it");
  }
  if (plan.order == DateOrder::kUnknown && day_first_ + month_first_ > 0) {
    plan.order = day_first_ >= month_first_ ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  }
  Result<TimeForm> time = time_form(option);
  if (!time) return time.error();
  plan.time = *time;
  return plan;
}

}  // namespace factorwal::feed
