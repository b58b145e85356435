#pragma once
/// \file
/// The one spelling of "no number": NaN with the bits 7ff8000000000000.

#include <bit>
#include <cmath>
#include <cstdint>

namespace factorwal {

/// What every missing output is. (The processor's own NaN, of 0/0 say, has other bits.)
inline constexpr double kMissing = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});

/// Numbers of this size or more are a feed's way to say "no price".
inline constexpr double kInputMagnitudeLimit = 1e300;

/// False for NaN, +-Inf and |x| >= 1e300.
[[nodiscard]] inline bool is_present(double input) noexcept {
  return std::fabs(input) < kInputMagnitudeLimit;
}

/// The input itself, or kMissing where `is_present` is false.
[[nodiscard]] inline double present_or_missing(double input) noexcept {
  return is_present(input) ? input : kMissing;
}

/// A result that is not finite is missing.
[[nodiscard]] inline double finite_or_missing(double result) noexcept {
  return std::isfinite(result) ? result : kMissing;
}

}  // namespace factorwal
