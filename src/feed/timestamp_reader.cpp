#include "feed/timestamp_reader.h"

#include <algorithm>
#include <array>
#include <string>

#include "factorwal/feed/text_stamp.h"
#include "feed/cells.h"
#include "feed/text_stamp_parts.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kYear2200 = 7'258'118'400;  // seconds
constexpr std::int64_t kYear1971 = 31'536'000;

std::size_t leading_digits(std::string_view text) noexcept {
  const std::size_t at = text.find_first_not_of("0123456789");
  return at == std::string_view::npos ? text.size() : at;
}

StampForm unit_by_size(std::int64_t value) noexcept {
  if (value < 10'000'000'000) return StampForm::kSeconds;
  if (value < 10'000'000'000'000) return StampForm::kMilliseconds;
  if (value < 10'000'000'000'000'000) return StampForm::kMicroseconds;
  return StampForm::kNanoseconds;
}

std::int64_t units_per_second(StampForm form) noexcept {
  if (form == StampForm::kSeconds) return 1;
  if (form == StampForm::kMilliseconds) return 1'000;
  return form == StampForm::kMicroseconds ? 1'000'000 : kSecond;
}

/// The calendar form of that many digits, or kUnknown.
StampForm compact_form(std::string_view digits) noexcept {
  std::int64_t days = 0;
  if (digits.size() < 8 || !parse_compact_date(digits.substr(0, 8), days)) {
    return StampForm::kUnknown;
  }
  switch (digits.size()) {
    case 8: return StampForm::kCompactDate;
    case 14: return StampForm::kCompactTime;
    case 17: return StampForm::kCompactMilli;
    default: return StampForm::kUnknown;
  }
}

bool is_compact(StampForm form) noexcept {
  return form == StampForm::kCompactDate || form == StampForm::kCompactTime ||
         form == StampForm::kCompactMilli;
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
    case StampForm::kCompactTime: return "times YYYYMMDDhhmmss";
    case StampForm::kCompactMilli: return "times YYYYMMDDhhmmssmmm";
    case StampForm::kText: return "dates and times as text";
  }
  return "unknown";
}

BadRow TimestampReader::accept(StampForm form, BadRow fault) {
  if (fault == BadRow::kNone && form_ == StampForm::kUnknown) form_ = form;
  return fault;
}

BadRow TimestampReader::read(std::string_view text, TimestampNs& time_ns) {
  text = trimmed(text);
  if (text.empty()) return BadRow::kBadTimestamp;
  if (text.size() > 1 && text.front() == '-' && leading_digits(text.substr(1)) > 0) {
    return BadRow::kAbsurdTimestamp;
  }
  const std::size_t count = leading_digits(text);
  const bool number = count > 0 && (count == text.size() || text[count] == '.');
  if (number) return read_integer(text, count, time_ns);
  if (form_ != StampForm::kUnknown && form_ != StampForm::kText) return BadRow::kBadTimestamp;
  return accept(StampForm::kText, read_text(text, time_ns));
}

BadRow TimestampReader::read_integer(std::string_view text, std::size_t digit_count,
                                     TimestampNs& time_ns) {
  if (form_ == StampForm::kText) {
    // A file of texts may hold a bare date now and then, but no other integer.
    return digit_count == 8 && digit_count == text.size() ? read_text(text, time_ns)
                                                          : BadRow::kBadTimestamp;
  }
  std::string_view digits = text.substr(0, digit_count);
  if (is_compact(form_)) return read_compact(form_, text, time_ns);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  if (digits.size() > 19) return BadRow::kAbsurdTimestamp;
  std::uint64_t magnitude = 0;
  for (const char c : digits) magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  if (magnitude > std::uint64_t{INT64_MAX}) return BadRow::kAbsurdTimestamp;
  const auto value = static_cast<std::int64_t>(magnitude);
  const StampForm unit = unit_by_size(value);
  const std::int64_t per_second = units_per_second(unit);
  if (form_ == StampForm::kUnknown && value / per_second < kYear1971) {
    // As a count this would be 1970; as digits of a date it is most likely today's market.
    const StampForm compact = digit_count == text.size() ? compact_form(text) : StampForm::kUnknown;
    if (compact != StampForm::kUnknown) return read_compact(compact, text, time_ns);
  }
  if (form_ != StampForm::kUnknown && unit != form_) return BadRow::kAbsurdTimestamp;
  if (value / per_second >= kYear2200) return BadRow::kAbsurdTimestamp;

  const std::int64_t unit_ns = kSecond / per_second;
  std::int64_t fraction_ns = 0;
  if (digit_count < text.size()) {
    std::int64_t scale = unit_ns / 10;
    for (const char c : text.substr(digit_count + 1)) {
      if (c < '0' || c > '9') return BadRow::kBadTimestamp;
      fraction_ns += scale * (c - '0');
      scale /= 10;
    }
  }
  time_ns = value * unit_ns + fraction_ns;
  return accept(unit, BadRow::kNone);
}

BadRow TimestampReader::read_compact(StampForm form, std::string_view digits,
                                     TimestampNs& time_ns) {
  if (compact_form(digits) != form) return BadRow::kBadTimestamp;
  std::array<char, 18> spaced{};
  std::copy_n(digits.begin(), 8, spaced.begin());
  std::size_t size = 8;
  if (digits.size() > 8) {
    spaced[size++] = ' ';
    std::copy(digits.begin() + 8, digits.end(), spaced.begin() + 9);
    size = digits.size() + 1;
  }
  return accept(form, read_text(std::string_view(spaced.data(), size), time_ns));
}

BadRow TimestampReader::read_text(std::string_view text, TimestampNs& time_ns) {
  TextStamp stamp;
  if (!parse_text_stamp(text, stamp)) return BadRow::kBadTimestamp;
  return from_wall_clock(stamp.seconds, stamp.nanoseconds, stamp.has_offset, time_ns);
}

BadRow TimestampReader::from_wall_clock(std::int64_t seconds, std::int32_t nanoseconds,
                                        bool has_offset, TimestampNs& time_ns) {
  if (!has_offset) {
    const LocalZone::Answer answer = zone_.to_utc(seconds);
    if (answer == LocalZone::Answer::kNonexistent) return BadRow::kNonexistentTime;
    if (answer == LocalZone::Answer::kAmbiguous) ++ambiguous_times_;
    used_zone_ = true;
  }
  if (seconds < 0 || seconds >= kYear2200) return BadRow::kAbsurdTimestamp;
  time_ns = seconds * kSecond + nanoseconds;
  return BadRow::kNone;
}

}  // namespace factorwal::feed
