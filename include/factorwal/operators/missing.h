#pragma once
/// \file
/// The one spelling of "no number": NaN with the bits 7ff8000000000000.

#include <bit>
#include <cstdint>

namespace factorwal {

/// What every missing output is. (The processor's own NaN, of 0/0 say, has other bits.)
inline constexpr double kMissing = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});

/// Numbers of this size or more are a feed's way to say "no price".
inline constexpr double kInputMagnitudeLimit = 1e300;

namespace detail {

inline constexpr std::uint64_t kMagnitudeMask = 0x7fff'ffff'ffff'ffff;
inline constexpr std::uint64_t kInputMagnitudeLimitBits =
    std::bit_cast<std::uint64_t>(kInputMagnitudeLimit);
inline constexpr std::uint64_t kInfinityBits = 0x7ff0'0000'0000'0000;
inline constexpr std::uint64_t kMissingBits = std::bit_cast<std::uint64_t>(kMissing);

/// Bits without the sign: ordered as the magnitudes are, infinity and then NaN above all numbers.
[[nodiscard]] constexpr std::uint64_t magnitude_bits(double x) noexcept {
  return std::bit_cast<std::uint64_t>(x) & kMagnitudeMask;
}
[[nodiscard]] constexpr double number_or_missing(double x, bool is_number) noexcept {
  return std::bit_cast<double>(is_number ? std::bit_cast<std::uint64_t>(x) : kMissingBits);
}

}  // namespace detail

// Integer arithmetic, because a program built with -ffast-math may compile this too: there
// comparisons may take it for granted that no NaN and no infinity exists.

/// False for NaN, +-Inf and |x| >= 1e300.
[[nodiscard]] constexpr bool is_present(double input) noexcept {
  return detail::magnitude_bits(input) < detail::kInputMagnitudeLimitBits;
}

/// The input itself, or kMissing where `is_present` is false.
[[nodiscard]] constexpr double present_or_missing(double input) noexcept {
  return detail::number_or_missing(input, is_present(input));
}

/// A result that is not finite is missing.
[[nodiscard]] constexpr double finite_or_missing(double result) noexcept {
  return detail::number_or_missing(result, detail::magnitude_bits(result) < detail::kInfinityBits);
}

}  // namespace factorwal
