#include "feed/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "factorwal/operators/missing.h"
#include "feed/cells.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

bool is_missing_word(std::string_view cell) noexcept {
  // What printf, spreadsheets, pandas, R, databases and the C runtime of Windows write.
  constexpr auto kWords = std::to_array<std::string_view>(
      {"nan",      "null",   "na",      "n/a",      "none",    "#n/a", "#na", "<na>",
       "nil",      "nat",    "missing", "#value!",  "#div/0!", "-",    "--",  "1.#qnan",
       "-1.#qnan", "1.#ind", "-1.#ind", "nan(ind)", "?",       "\\n"});
  if ((cell.front() == '-' || cell.front() == '+') && same_word(cell.substr(1), "nan")) return true;
  if ((cell.front() == '-' || cell.front() == '+') && same_word(cell.substr(1), "nan(ind)")) {
    return true;
  }
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return same_word(cell, word); });
}

constexpr std::array<double, 16> kPowersOfTen = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// Plain decimals of at most 15 digits, which most cells are: mantissa and power of ten are exact
/// doubles, so that one division rounds correctly.
bool parse_short_decimal(std::string_view cell, double& value) noexcept {
  if (cell.size() > 16) return false;
  std::uint64_t digits = 0;
  std::size_t decimals = 0;
  std::size_t digit_count = 0;
  bool after_point = false;
  for (const char c : cell) {
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(c)) - unsigned{'0'};
    if (digit > 9) return false;
    digits = digits * 10 + digit;
    decimals += after_point ? 1U : 0U;
    ++digit_count;
  }
  if (digit_count == 0 || digit_count > 15) return false;
  value = static_cast<double>(digits);
  if (decimals > 0) value /= kPowersOfTen[decimals];  // many are whole, and a division is slow
  return true;
}

/// A cell's exponent; one that is far away is far enough.
std::int64_t exponent_of(std::string_view digits) noexcept {
  constexpr std::int64_t kFar = 1'000'000'000'000;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (code != std::errc::result_out_of_range) return std::clamp(exponent, -kFar, kFar);
  return digits.starts_with('-') ? -kFar : kFar;
}

/// Which way a number that fits no double leaves the range: by where its first digit stands.
double beyond_range(std::string_view cell) noexcept {
  const bool negative = cell.front() == '-';
  const std::size_t end = std::min(cell.find_first_of("eE"), cell.size());
  const std::size_t point = std::min(cell.find('.'), end);
  const std::size_t first = std::min(cell.find_first_of("123456789"), end);
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  const bool small = place + (end < cell.size() ? exponent_of(cell.substr(end + 1)) : 0) < 0;
  const double magnitude = small ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -magnitude : magnitude;
}

}  // namespace

bool parse_number(std::string_view cell, double& value) noexcept {
  if (parse_short_decimal(cell, value)) return true;
  cell = trimmed(cell);
  if (cell.empty() || is_missing_word(cell)) {
    value = kMissing;
    return true;
  }
  if (cell.front() == '+') {
    cell.remove_prefix(1);
    if (cell.empty() || cell.front() == '-') return false;
  }
  double parsed = 0;
  const char* const end = cell.data() + cell.size();
  const auto [stop, code] = std::from_chars(cell.data(), end, parsed);
  if (stop != end || code == std::errc::invalid_argument) return false;
  if (code == std::errc::result_out_of_range) parsed = beyond_range(cell);
  if (parsed != parsed) return false;  // nan(...), -nan and other spellings
  value = parsed;
  return true;
}

bool parse_comma_number(std::string_view cell, double& value) noexcept {
  std::array<char, 64> plain{};
  std::size_t size = 0;
  bool after_comma = false;
  cell = trimmed(cell);
  if (cell.size() > plain.size()) return false;
  const bool number = cell.find_first_of("0123456789") != std::string_view::npos;
  for (const char c : cell) {
    const bool between = c == '.' || c == '\'' || c == ' ';
    if (number && between && !after_comma) continue;
    if (number && between) return false;
    if (c == ',' && after_comma) return false;
    after_comma = after_comma || c == ',';
    plain[size++] = c == ',' ? '.' : c;
  }
  return parse_number(std::string_view(plain.data(), size), value);
}

}  // namespace factorwal::feed
