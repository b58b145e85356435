#pragma once
/// Doubles as integers: x = m * 2^exponent, exactly.

#include <cmath>
#include <cstdint>

#include "exact/long_int.h"

namespace factorwal::exact {

/// A double taken apart: odd * 2^exponent, `odd` an odd integer below 2^53. Requires: finite, not
/// 0.
struct OddParts {
  std::int64_t odd;
  int exponent;
};

[[nodiscard]] inline OddParts odd_parts(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto biased = static_cast<int>(bits >> 52 & 0x7ff);
  auto mantissa = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 52) - 1));
  if (biased != 0) mantissa |= std::int64_t{1} << 52;
  const int zeros = std::countr_zero(static_cast<std::uint64_t>(mantissa));
  mantissa >>= zeros;
  return {(bits >> 63) != 0 ? -mantissa : mantissa, (biased == 0 ? 1 : biased) - 1075 + zeros};
}

/// The extent of a window's values: all are multiples of 2^lowest, and below 2^highest.
struct Span {
  int lowest = 2000;  ///< larger than any exponent: no value but 0
  int highest = -2000;
  double least = 0;
  double most = 0;

  void add(double x) noexcept {
    if (empty_) {
      least = most = x;
      empty_ = false;
    }
    least = x < least ? x : least;
    most = x > most ? x : most;
    if (x == 0) return;
    const auto parts = odd_parts(x);
    const auto size = static_cast<std::uint64_t>(parts.odd < 0 ? -parts.odd : parts.odd);
    lowest = parts.exponent < lowest ? parts.exponent : lowest;
    const int top = parts.exponent + 64 - std::countl_zero(size);
    highest = top > highest ? top : highest;
  }

 private:
  bool empty_ = true;
};

/// The mean (center * count + sum) / count to the nearest double, in units of the grid. `sum` is of
/// differences from `center`. Requires: 0 < count < 2^21, |center| and every value below 2^60.
[[nodiscard]] inline double rounded_mean(std::int64_t center, std::int64_t sum,
                                         std::int64_t count) noexcept {
  const std::int64_t quotient = sum / count;
  const std::int64_t remainder = sum - quotient * count;
  const std::int64_t below = remainder >> 63;
  const std::int64_t whole = center + quotient + below;
  const std::int64_t rest = remainder + (count & below);  // whole + rest / count, 0 <= rest < count
  constexpr std::int64_t kExact = std::int64_t{1} << 52;
  // From -2^52 to the next whole number lie numbers with a digit more, as `rest` is positive.
  if (whole >= kExact || whole < -kExact) [[likely]] {
    // Two bits of the fraction are enough below a number of 53 bits or more: half, and the rest.
    const std::int64_t half = 2 * rest >= count ? 1 : 0;
    const std::int64_t more = 2 * rest != (count & -half) ? 1 : 0;
    return static_cast<double>(4 * whole + 2 * half + more) * 0.25;
  }
  constexpr std::int64_t kLargeEnough = std::int64_t{1} << 32;
  if (whole >= kLargeEnough || whole <= -kLargeEnough) {
    // A fraction that is no tie is further from one than its own rounding error: one rounding.
    return static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(count);
  }
  return static_cast<double>(whole * count + rest) / static_cast<double>(count);
}

}  // namespace factorwal::exact
