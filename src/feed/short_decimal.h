#pragma once
/// \file
/// Plain decimals of at most 15 digits, which most cells are.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feed/digits.h"

namespace factorwal::feed {

inline constexpr std::size_t kShortDecimalBytes = 16;  ///< with the point

namespace short_decimal {

/// By decimals; 1 at 31, where there is no point.
constexpr std::array<double, 32> powers_of_ten() noexcept {
  std::array<double, 32> powers{};
  double power = 1;
  for (std::size_t i = 0; i <= 15; ++i, power *= 10) powers[i] = power;
  powers[31] = 1;
  return powers;
}
inline constexpr std::array<double, 32> kPowersOfTen = powers_of_ten();

/// 16 bytes of nothing, then all ones: from `i` on, 16 bytes of which the last `i` are kept.
constexpr std::array<char, 48> kept_bytes() noexcept {
  std::array<char, 48> bytes{};
  for (std::size_t i = 16; i < bytes.size(); ++i) bytes[i] = '\xff';
  return bytes;
}
inline constexpr std::array<char, 48> kKept = kept_bytes();

inline constexpr std::uint64_t kZeros = kEachByte * '0';
inline constexpr char kPoint = '.' ^ '0';

/// Of 1 to 8 bytes.
[[nodiscard]] inline bool parse_eight(std::string_view cell, double& value) noexcept {
  const std::size_t size = cell.size();
  const std::uint64_t within = ~std::uint64_t{0} << (64 - 8 * size);
  std::uint64_t digits = (eight_at(cell.data() + size - 8) ^ kZeros) & within;
  const std::uint64_t points = bytes_equal(digits, kPoint);
  const std::uint64_t up_to_point = points == 0 ? 0 : points ^ (points - 1);
  digits = (digits & ~up_to_point) | (digits << 8U & up_to_point);
  if (!are_digits(digits) || (size == 1 && points != 0)) return false;
  // With no point 8 is told, and with two of them there is one among the digits.
  const auto decimals = static_cast<std::size_t>(std::countl_zero(points)) / 8;
  constexpr std::array<double, 9> kPowers = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1};
  value =
      static_cast<double>(static_cast<std::int64_t>(value_of_digits(digits))) / kPowers[decimals];
  return true;
}

/// Of 9 to 16 bytes.
[[nodiscard]] inline bool parse_sixteen(std::string_view cell, double& value) noexcept {
  const std::size_t size = cell.size();
  const char* const end = cell.data() + size;
  const char* const within = kKept.data() + size;
  std::uint64_t first = (eight_at(end - 16) ^ kZeros) & eight_at(within);
  std::uint64_t second = (eight_at(end - 8) ^ kZeros) & eight_at(within + 8);
  const std::uint64_t points =
      gathered(bytes_equal(first, kPoint)) | gathered(bytes_equal(second, kPoint)) << 8U;
  const auto decimals = (15U - static_cast<unsigned>(std::countr_zero(points | 1U << 16U))) & 31U;
  // What stands before the point takes its place; without one, all stays.
  const char* const behind = kKept.data() + decimals;
  const std::uint64_t first_behind = eight_at(behind);
  const std::uint64_t second_behind = eight_at(behind + 8);
  second = (second & second_behind) | ((second << 8U | first >> 56U) & ~second_behind);
  first = (first & first_behind) | (first << 8U & ~first_behind);
  // 16 digits fit no double for sure.
  const bool too_many = points == 0 && size == kShortDecimalBytes;
  if (!are_digits(first) || !are_digits(second) || too_many) return false;
  const std::uint64_t whole = value_of_digits(first) * 100'000'000 + value_of_digits(second);
  value = static_cast<double>(static_cast<std::int64_t>(whole)) / kPowersOfTen[decimals];
  return true;
}

}  // namespace short_decimal

/// Digits with one point perhaps, and nothing else; false, with `value` untouched: the cell is
/// something else. Mantissa and power of ten are exact doubles, so that one division rounds
/// correctly. The places of points change from cell to cell, so nothing branches on them.
/// Requires: the kShortDecimalBytes before the cell's end can be read.
[[nodiscard]] inline bool parse_short_decimal(std::string_view cell, double& value) noexcept {
  if (cell.size() - 1 < 8) return short_decimal::parse_eight(cell, value);
  if (cell.size() - 1 >= kShortDecimalBytes) return false;  // empty ones too
  return short_decimal::parse_sixteen(cell, value);
}

}  // namespace factorwal::feed
