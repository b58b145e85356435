#pragma once
/// How a double is stored in a tick record: the bits that differ from a prediction, without their
/// zero bytes. A four-bit code says which bytes follow:
///   0       none: the value equals the prediction
///   1..8    that many low bytes; the high ones are zero
///   9..15   code - 8 high bytes; the low ones are zero
/// Prices move in their low mantissa bytes, counts and missing values in their high ones.

#include <bit>
#include <cstdint>

#include "base/coding.h"

namespace factorwal::wal {

/// Stores at least 8 bytes at `target`; only the first `width` of them count.
struct ValueCode {
  unsigned code;
  unsigned width;
};

inline ValueCode store_value(std::byte* target, std::uint64_t difference) noexcept {
  if (difference == 0) return {0, 0};
  const unsigned low = 8 - static_cast<unsigned>(std::countl_zero(difference)) / 8;
  const unsigned high = 8 - static_cast<unsigned>(std::countr_zero(difference)) / 8;
  if (high < low) {
    store(target, difference >> (8 * (8 - high)));
    return {8 + high, high};
  }
  store(target, difference);
  return {low, low};
}

[[nodiscard]] constexpr unsigned value_width(unsigned code) noexcept {
  return code <= 8 ? code : code - 8;
}

[[nodiscard]] inline std::uint64_t load_value(const std::byte* source, unsigned code) noexcept {
  const unsigned width = value_width(code);
  std::uint64_t bits = 0;
  std::memcpy(&bits, source, width);
  return code > 8 ? bits << (8 * (8 - width)) : bits;
}

}  // namespace factorwal::wal
