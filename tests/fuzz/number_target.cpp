// Cells of numbers. The first byte chooses a separator, the rest is the cell. What the C library's
// strtod reads as a whole decimal number, parse_number reads with the same bits.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "factorwal/operators/missing.h"
#include "feed/bytes/cells.h"
#include "feed/number.h"
#include "feed/short_decimal.h"
#include "fuzz/fuzz_target.h"

namespace factorwal::fuzz {
namespace {

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

std::string_view without_digits(std::string_view text, std::size_t& count) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  count += end;
  return text.substr(end);
}

/// Sign, digits with a point perhaps, exponent perhaps; nothing else.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  std::size_t digits = 0;
  text = without_digits(text, digits);
  if (text.starts_with('.')) text = without_digits(text.substr(1), digits);
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  std::size_t exponent = 0;
  return without_digits(text, exponent).empty() && exponent > 0;
}

/// The same number with a comma for the point, and with separators between its thousands.
void check_comma(std::string_view cell, double value, char separator) {
  std::string comma(cell);
  std::ranges::replace(comma, '.', ',');
  constexpr std::size_t kCommaBytes = 64;  // a longer one is none
  const auto check = [&] {
    double read = 0;
    if (comma.size() > kCommaBytes) return;
    require(feed::parse_comma_number(comma, read), "a number with a comma is one");
    require(bits_of(read) == bits_of(value), "and the same");
  };
  check();
  const std::size_t first = comma.find_first_of("0123456789");
  std::size_t end = std::min(comma.find_first_of(",eE"), comma.size());
  if (first >= end || comma[first] == '0') return;
  for (; end > first + 3; end -= 3) comma.insert(end - 3, 1, separator);
  check();
}

/// In a line a cell takes the short way, where it can.
void check_in_line(std::string_view cell, bool number, double value) {
  constexpr std::size_t kBefore = feed::kShortDecimalBytes;
  const std::string line = "a9.9,0123456789." + std::string(cell) + "9.9";
  constexpr double kUntouched = -77.25;
  double in_line = kUntouched;
  if (!feed::parse_short_decimal(std::string_view(line).substr(kBefore, cell.size()), in_line)) {
    require(in_line == kUntouched, "what is not taken leaves the value");
    return;
  }
  require(number, "what is a number in its line is one alone");
  require(bits_of(in_line) == bits_of(value), "and the same");
}

void run(ByteView input) {
  if (input.empty()) return;
  const auto choice = std::to_integer<unsigned>(input[0]);
  const std::string_view cell(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  constexpr double kUntouched = -77.25;
  double value = kUntouched;
  const bool number = feed::parse_number(cell, value);
  require(number || value == kUntouched, "what is no number leaves the value");
  check_in_line(cell, number, value);
  double comma = 0;
  static_cast<void>(feed::parse_comma_number(cell, comma));

  const std::string text(feed::trimmed(cell));
  const bool decimal = is_decimal(text);
  const std::string spaced = " \t" + text + "\t ";
  double again = kUntouched;
  require(feed::parse_number(spaced, again) == number, "spaces around it change nothing");
  require(bits_of(again) == bits_of(value), "and not the value");
  if (decimal) {
    require(number, "a decimal number is one");
    require(bits_of(value) == bits_of(std::strtod(text.c_str(), nullptr)), "with strtod's bits");
    check_comma(text, value, ".' "[choice % 3]);
    return;
  }
  if (!number) return;
  std::string plain = text;
  for (const std::string_view mark : {"'", "\u2019", "$"}) {
    for (std::size_t at = 0; (at = plain.find(mark)) != std::string::npos;) {
      plain.erase(at, mark.size());
    }
  }
  if (plain != text) {
    require(is_decimal(plain), "what has apostrophes or a dollar sign is a number without");
    require(bits_of(value) == bits_of(std::strtod(plain.c_str(), nullptr)), "and the same");
    return;
  }
  if (std::isnan(value)) {
    require(bits_of(value) == bits_of(kMissing), "missing has one bit pattern");
    require(text.size() <= 9, "words for missing are short");
    return;
  }
  require(std::isinf(value), "else only infinity is a number");
  char* end = nullptr;
  require(bits_of(std::strtod(text.c_str(), &end)) == bits_of(value), "by its words");
  require(*end == '\0', "and nothing else");
}

}  // namespace

const Target kNumberTarget{"number", run, false};

}  // namespace factorwal::fuzz
