#pragma once
/// How a double is stored in a tick record: as the bits that differ from a prediction, without
/// their zero bytes, or, where that is shorter, as a decimal number. A four-bit code says which:
///   0       nothing follows: the value equals the prediction
///   1..8    that many low bytes of the difference; the high ones are zero
///   9..14   code - 8 high bytes of the difference; the low ones are zero
///   15      a decimal: a head, then the bytes that its head counts
/// Means and deviations fill their mantissa; what a market quotes are decimals of few digits, whose
/// mantissas have nothing in common.
///
/// A decimal's head: bits 0..2 number of bytes (0..7), bits 3..5 digits after the point (0..7),
/// bits 6..7 base: 0 none, 1 the prediction, 2 the value before it in the record; 3 is the missing
/// value 7ff8000000000000, with the other bits 0. The bytes are the zigzag difference of
/// value * 10^digits from base * 10^digits.

#include <bit>
#include <cfenv>
#include <cstdint>
#include <optional>

#include "base/coding.h"

namespace factorwal::wal {

inline constexpr unsigned kHighCodeMax = 14;
inline constexpr unsigned kDecimalCode = 15;
inline constexpr std::uint64_t kMissingBits = 0x7ff8000000000000;

/// Decimals are computed with rounding to nearest, whatever the host has set.
class RoundToNearest {
 public:
  RoundToNearest() : mode_(std::fegetround()) {
    if (mode_ != FE_TONEAREST) std::fesetround(FE_TONEAREST);
  }
  ~RoundToNearest() {
    if (mode_ != FE_TONEAREST) std::fesetround(mode_);
  }
  RoundToNearest(const RoundToNearest&) = delete;
  RoundToNearest& operator=(const RoundToNearest&) = delete;

 private:
  int mode_;
};

/// Only the first `width` bytes that were stored count.
struct ValueCode {
  unsigned code;
  unsigned width;
};

/// What a value is expected to be near to.
struct Prediction {
  std::uint64_t expected = 0;   ///< bits
  std::uint64_t neighbour = 0;  ///< bits of the value before it in the record
};

/// The difference alone. Stores 8 bytes at `target`.
inline ValueCode store_difference(std::byte* target, std::uint64_t difference) noexcept {
  if (difference == 0) return {0, 0};
  const unsigned low = 8 - static_cast<unsigned>(std::countl_zero(difference)) / 8;
  const unsigned high = 8 - static_cast<unsigned>(std::countr_zero(difference)) / 8;
  if (high < low && high + 8 <= kHighCodeMax) {
    store(target, difference >> (8 * (8 - high)));
    return {8 + high, high};
  }
  store(target, difference);
  return {low, low};
}

[[nodiscard]] constexpr unsigned difference_width(unsigned code) noexcept {
  return code <= 8 ? code : code - 8;
}

[[nodiscard]] inline std::uint64_t load_difference(const std::byte* source,
                                                   unsigned code) noexcept {
  const unsigned width = difference_width(code);
  std::uint64_t bits = 0;
  std::memcpy(&bits, source, width);
  return code > 8 ? bits << (8 * (8 - width)) : bits;
}

inline constexpr double kPowersOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};

/// `value * 10^digits` as an integer, 0 when it is none that a double holds.
[[nodiscard]] inline std::int64_t scaled(std::uint64_t bits, unsigned digits) noexcept {
  constexpr double kLimit = 2251799813685248;  // 2^51
  const double value = std::bit_cast<double>(bits) * kPowersOfTen[digits];
  if (!(value > -kLimit && value < kLimit)) return 0;
  return static_cast<std::int64_t>(value < 0 ? value - 0.5 : value + 0.5);
}

[[nodiscard]] inline std::uint64_t unscaled(std::int64_t number, unsigned digits) noexcept {
  return std::bit_cast<std::uint64_t>(static_cast<double>(number) / kPowersOfTen[digits]);
}

/// A value as a decimal, if it is one bit for bit. Stores 9 bytes at `target`.
inline std::optional<ValueCode> store_decimal(std::byte* target, std::uint64_t bits,
                                              Prediction near) noexcept {
  if (bits == kMissingBits) {
    *target = std::byte{3U << 6U};
    return ValueCode{kDecimalCode, 1};
  }
  unsigned digits = 7;
  std::int64_t number = scaled(bits, digits);
  while (number == 0 && digits > 0 && bits != 0) number = scaled(bits, --digits);
  if (unscaled(number, digits) != bits) return std::nullopt;
  for (; digits > 0 && number % 10 == 0; --digits) number /= 10;
  unsigned base = 0;
  std::uint64_t distance = zigzag(number);
  for (const unsigned other : {1U, 2U}) {
    const auto from = scaled(other == 1 ? near.expected : near.neighbour, digits);
    const auto there = zigzag(number - from);
    if (there < distance) {
      distance = there;
      base = other;
    }
  }
  const unsigned width = 8 - static_cast<unsigned>(std::countl_zero(distance)) / 8;
  *target = static_cast<std::byte>(width | (digits << 3U) | (base << 6U));
  store(target + 1, distance);
  return ValueCode{kDecimalCode, width + 1};
}

/// Stores at most 8 bytes, and may touch 16 at `target`.
inline ValueCode store_value(std::byte* target, std::uint64_t bits, Prediction near) noexcept {
  const auto difference = store_difference(target, bits ^ near.expected);
  if (difference.width <= 1) return difference;
  std::byte decimal[16];
  const auto found = store_decimal(decimal, bits, near);
  if (!found || found->width >= difference.width) return difference;
  std::memcpy(target, decimal, sizeof decimal);
  return *found;
}

/// False when the bytes are no value.
[[nodiscard]] inline bool load_value(Cursor& from, unsigned code, Prediction near,
                                     std::uint64_t& bits) noexcept {
  if (code != kDecimalCode) {
    const auto bytes = from.bytes(difference_width(code));
    if (!from.ok()) return false;
    bits = near.expected ^ (code == 0 ? 0 : load_difference(bytes.data(), code));
    return true;
  }
  const unsigned head = from.get<std::uint8_t>();
  const unsigned base = head >> 6U;
  const unsigned digits = (head >> 3U) & 7U;
  const auto bytes = from.bytes(head & 7U);
  if (!from.ok()) return false;
  if (base == 3) {
    bits = kMissingBits;
    return head == 3U << 6U;
  }
  std::uint64_t distance = 0;
  if (!bytes.empty()) std::memcpy(&distance, bytes.data(), bytes.size());
  const auto start = base == 0   ? 0
                     : base == 1 ? scaled(near.expected, digits)
                                 : scaled(near.neighbour, digits);
  bits = unscaled(start + unzigzag(distance), digits);
  return true;
}

}  // namespace factorwal::wal
