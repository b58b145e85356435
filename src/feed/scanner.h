#pragma once
/// \file
/// Taking a text apart from its front.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace factorwal::feed {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// The same but for the case of ASCII letters.
[[nodiscard]] constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Of at most 18 digits.
[[nodiscard]] constexpr std::int64_t digits_value(std::string_view digits) noexcept {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}
/// What `decimals` digits behind the point are of a unit; cut at nanoseconds.
[[nodiscard]] constexpr std::int64_t fraction_ns(std::string_view decimals,
                                                 std::int64_t unit_ns) noexcept {
  std::int64_t ns = 0;
  std::int64_t scale = unit_ns / 10;
  for (const char c : decimals) {
    ns += scale * (c - '0');
    scale /= 10;
  }
  return ns;
}
/// The digits before the point of a plain number (digits, with a point and digits perhaps); 0: it
/// is none.
[[nodiscard]] constexpr std::size_t whole_digits(std::string_view text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0 || count == text.size()) return count;
  if (text[count] != '.') return 0;
  for (const char c : text.substr(count + 1)) {
    if (!is_digit(c)) return 0;
  }
  return count;
}

/// `ok` turns false once and stays so.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  [[nodiscard]] bool at(char c) const noexcept { return !rest.empty() && rest.front() == c; }
  [[nodiscard]] bool at_letter() const noexcept { return !rest.empty() && is_letter(rest.front()); }
  bool skip(char c) noexcept {
    if (!at(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  void skip_spaces() noexcept {
    while (skip(' ')) {
    }
  }
  [[nodiscard]] std::size_t digits_ahead() const noexcept {
    std::size_t count = 0;
    while (count < rest.size() && is_digit(rest[count])) ++count;
    return count;
  }
  [[nodiscard]] std::string_view letters_ahead() const noexcept {
    std::size_t count = 0;
    while (count < rest.size() && is_letter(rest[count])) ++count;
    return rest.substr(0, count);
  }
  /// All digits ahead, as decimals of a second; cut at nanoseconds.
  std::int32_t fraction() noexcept {
    const std::size_t count = digits_ahead();
    ok = ok && count > 0;
    const auto ns = static_cast<std::int32_t>(fraction_ns(rest.substr(0, count), 1'000'000'000));
    rest.remove_prefix(count);
    return ns;
  }
  /// A number of `at_least` to `at_most` digits, within [low, high].
  int number(std::size_t at_least, std::size_t at_most, int low, int high) noexcept {
    const std::size_t count = digits_ahead() < at_most ? digits_ahead() : at_most;
    if (count < at_least) {
      ok = false;
      return low;
    }
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest[i] - '0');
    rest.remove_prefix(count);
    ok = ok && value >= low && value <= high;
    return value;
  }
};

}  // namespace factorwal::feed
