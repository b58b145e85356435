#pragma once
/// \file
/// Digits to numbers, eight at a time.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace factorwal::feed {

static_assert(std::endian::native == std::endian::little, "the first character is the low byte");

inline constexpr std::uint64_t kEachByte = 0x0101010101010101U;

/// Any eight characters.
[[nodiscard]] inline std::uint64_t eight_at(const char* text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text, 8);
  return word;
}

/// The high bit of each byte of `word` that is `byte`; no other bit.
[[nodiscard]] constexpr std::uint64_t bytes_equal(std::uint64_t word, char byte) noexcept {
  constexpr std::uint64_t kRest = kEachByte * 0x7f;
  word ^= kEachByte * static_cast<unsigned char>(byte);
  return ~(((word & kRest) + kRest) | word | kRest);
}

/// A bit for each byte that `bytes_equal` found.
[[nodiscard]] constexpr std::uint64_t gathered(std::uint64_t high_bits) noexcept {
  return ((high_bits >> 7U) * 0x0102040810204080U) >> 56U;
}

/// Characters, each less '0': all of them were digits.
[[nodiscard]] constexpr bool are_digits(std::uint64_t word) noexcept {
  // A byte from 0x80 on may carry into the next one; its own high bit tells of it.
  return (((word + kEachByte * 0x76) | word) & kEachByte * 0x80) == 0;
}

/// Characters, each less '0', to the number that they write. Requires: are_digits.
[[nodiscard]] constexpr std::uint64_t value_of_digits(std::uint64_t word) noexcept {
  word = (word * 10 + (word >> 8U)) & 0x00ff00ff00ff00ffU;
  word = (word * 100 + (word >> 16U)) & 0x0000ffff0000ffffU;
  return (word * 10'000 + (word >> 32U)) & 0xffffffffU;
}

}  // namespace factorwal::feed
