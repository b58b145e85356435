#include "feed/arrow/arrow_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

void put_digits(char* into, std::int64_t value, int count) noexcept {
  for (int i = count - 1; i >= 0; --i, value /= 10) into[i] = static_cast<char>('0' + value % 10);
}

std::size_t put_question(std::span<char> into) noexcept {
  into[0] = '!';
  return 1;
}

/// Divides by ten; the remainder.
unsigned divide_by_ten(std::vector<std::uint32_t>& digits) noexcept {
  std::uint64_t rest = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    rest = rest << 32U | digits[i];
    digits[i] = static_cast<std::uint32_t>(rest / 10);
    rest %= 10;
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  return static_cast<unsigned>(rest);
}

}  // namespace

std::size_t write_date(std::int64_t days, std::span<char> into) {
  // Howard Hinnant's civil_from_days.
  constexpr std::int64_t kYear0 = -719'468;
  constexpr std::int64_t kYear10000 = 2'932'896;
  if (days < kYear0 + 60 || days >= kYear10000) return put_question(into);
  const std::int64_t shifted = days - kYear0;
  const std::int64_t era = shifted / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  put_digits(into.data(), year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4);
  into[4] = into[7] = '-';
  put_digits(into.data() + 5, month, 2);
  put_digits(into.data() + 8, day_of_year - (153 * month_from_march + 2) / 5 + 1, 2);
  return 10;
}

std::size_t write_time(std::int64_t seconds, std::int64_t nanoseconds, std::span<char> into) {
  if (seconds < 0 || seconds >= kDaySeconds) return put_question(into);
  put_digits(into.data(), seconds / 3'600, 2);
  put_digits(into.data() + 3, seconds / 60 % 60, 2);
  put_digits(into.data() + 6, seconds % 60, 2);
  into[2] = into[5] = ':';
  if (nanoseconds == 0) return 8;
  into[8] = '.';
  put_digits(into.data() + 9, nanoseconds, 9);
  return 18;
}

std::string decimal_text(std::span<const std::uint64_t> limbs, int scale) {
  const bool negative = (limbs.back() >> 63U) != 0;
  std::vector<std::uint32_t> digits;
  std::uint64_t carry = negative ? 1 : 0;
  for (std::uint64_t limb : limbs) {
    if (negative) {
      limb = ~limb + carry;
      carry = carry != 0 && limb == 0 ? 1 : 0;
    }
    digits.push_back(static_cast<std::uint32_t>(limb));
    digits.push_back(static_cast<std::uint32_t>(limb >> 32U));
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::string text;
  for (int i = 0; i > scale; --i) text += '0';
  while (!digits.empty() || static_cast<int>(text.size()) <= std::max(scale, 0)) {
    if (scale > 0 && static_cast<int>(text.size()) == scale) break;
    text += static_cast<char>('0' + divide_by_ten(digits));
  }
  if (scale > 0) {
    text += '.';
    do {
      text += static_cast<char>('0' + divide_by_ten(digits));
    } while (!digits.empty());
  }
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

double half_to_double(std::uint16_t bits) noexcept {
  const int exponent = bits >> 10U & 31;
  const int mantissa = bits & 1'023;
  double value = 0;
  if (exponent == 31) {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  } else {
    value = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1'024, exponent - 25);
  }
  return (bits & 0x8000U) != 0 ? -value : value;
}

}  // namespace factorwal::feed
