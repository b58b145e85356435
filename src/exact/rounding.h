#pragma once
/// From exact integers to doubles: one rounding each, to nearest, ties to even.

#include <cmath>

#include "exact/long_int.h"

namespace factorwal::exact {

/// value * 2^exponent, for what may lie outside the range of doubles. `exponent` is even, so that a
/// root halves it.
struct Scaled {
  double value = 0;
  int exponent = 0;
};

/// 2^exponent. Requires: it is a normal number.
[[nodiscard]] inline double power_of_two(int exponent) noexcept {
  return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
}

/// To the nearest double.
[[nodiscard]] inline double rounded(Uint128 number) noexcept {
  auto high = static_cast<std::uint64_t>(number >> 64);
  auto low = static_cast<std::uint64_t>(number);
  if (high == 0) {
    if (static_cast<std::int64_t>(low) >= 0)
      return static_cast<double>(static_cast<std::int64_t>(low));
    high = low >> 1;
    low <<= 63;
    return rounded((Uint128{high} << 64) | low) * 0x1p-63;
  }
  // The upper 62 bits, and whether anything is below them: more than the 55 that rounding needs.
  const int zeros = std::countl_zero(high);
  const std::uint64_t head = (high << zeros) | ((low >> 1) >> (63 - zeros));
  const std::uint64_t more = (head & 3) | (low << zeros);
  const auto kept = static_cast<std::int64_t>((head >> 2) | (more != 0 ? 1 : 0));
  return static_cast<double>(kept) * power_of_two(66 - zeros);
}

[[nodiscard]] inline double rounded(Int128 number) noexcept {
  const auto mask = static_cast<Uint128>(number >> 127);  // all ones below 0
  const auto sign = static_cast<std::uint64_t>(mask) << 63;
  const double size = rounded((static_cast<Uint128>(number) ^ mask) - mask);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(size) ^ sign);
}

/// To 53 bits, up from the 54th: the same for a number in any units of a power of two.
[[nodiscard]] inline double half_up(Uint128 number) noexcept {
  auto high = static_cast<std::uint64_t>(number >> 64);
  auto low = static_cast<std::uint64_t>(number);
  std::uint64_t exponent = 1022 + 64 + 63;
  if (high == 0) [[unlikely]] {
    if (low == 0) return 0;
    high = low;
    low = 0;
    exponent -= 64;
  }
  const int zeros = __builtin_clzll(high);
  const std::uint64_t head = (high << zeros) | ((low >> 1) >> (63 ^ zeros));
  const std::uint64_t kept = ((head >> 10) + 1) >> 1;  // its highest bit adds one to the exponent
  return std::bit_cast<double>(((exponent - static_cast<std::uint64_t>(zeros)) << 52) + kept);
}

[[nodiscard]] inline double half_up(Int128 number) noexcept {
  const auto mask = static_cast<Uint128>(number >> 127);  // all ones below 0
  const auto sign = static_cast<std::uint64_t>(mask) << 63;
  const double size = half_up((static_cast<Uint128>(number) ^ mask) - mask);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(size) | sign);
}

/// The same of long integers, with an exponent where that may be beyond a double's.
template <std::size_t N>
[[nodiscard]] Scaled half_up(const LongInt<N>& number) noexcept {
  const auto size = number.magnitude();
  std::size_t top = N;
  while (top > 0 && size.limbs[top - 1] == 0) --top;
  if (top == 0) return {};
  const auto lower = top > 1 ? size.limbs[top - 2] : 0;
  const double value = half_up((Uint128{size.limbs[top - 1]} << 64) | lower);
  return {number.negative() ? -value : value, 64 * (static_cast<int>(top) - 2)};
}

/// To the nearest, whatever its size.
template <std::size_t N>
[[nodiscard]] Scaled rounded(const LongInt<N>& number) noexcept {
  const auto size = number.magnitude();
  std::size_t top = N;
  while (top > 0 && size.limbs[top - 1] == 0) --top;
  if (top <= 1) {
    const double value = rounded(Uint128{size.limbs[0]});
    return {number.negative() ? -value : value, 0};
  }
  // Two limbs that begin with the highest bit (an even shift may leave one zero), and the rest.
  const int spare = std::countl_zero(size.limbs[top - 1]) & ~1;
  Uint128 head = (Uint128{size.limbs[top - 1]} << 64) | size.limbs[top - 2];
  std::uint64_t rest = 0;
  if (spare > 0) {
    head <<= spare;
    if (top > 2) head |= size.limbs[top - 3] >> (64 - spare);
  }
  if (top > 2) rest = spare > 0 ? size.limbs[top - 3] << spare : size.limbs[top - 3];
  for (std::size_t i = 0; i + 3 < top; ++i) rest |= size.limbs[i];
  // With the lowest bit for all that is below.
  const auto kept = (head >> 2) | ((head & 3) != 0 || rest != 0 ? 1 : 0);
  const double value = rounded(kept);
  const int exponent = static_cast<int>(64 * (top - 2)) - spare + 2;
  return {number.negative() ? -value : value, exponent};
}

/// Whether a mean of `newest + distance` has its digits: rounding `distance` costs less than half
/// an ulp of the sum.
[[nodiscard]] inline bool is_near(double distance, double newest) noexcept {
  return std::fabs(distance) * 4 <= std::fabs(newest);
}

/// value * 2^exponent, rounded where it is subnormal.
[[nodiscard]] inline double unscaled(Scaled number) noexcept {
  return std::ldexp(number.value, number.exponent);
}

/// number / divisor to the nearest double. Requires: 0 < divisor < 2^32.
template <std::size_t N>
[[nodiscard]] Scaled rounded_quotient(const LongInt<N>& number, std::uint64_t divisor) noexcept {
  // Two limbs more below the point: 128 bits and the remainder decide the rounding of any quotient.
  const auto size = number.magnitude();
  LongInt<N + 2> quotient;
  std::uint64_t remainder = 0;
  for (std::size_t i = N + 2; i-- > 0;) {
    const Uint128 part = (Uint128{remainder} << 64) | (i < 2 ? 0 : size.limbs[i - 2]);
    quotient.limbs[i] = static_cast<std::uint64_t>(part / divisor);
    remainder = static_cast<std::uint64_t>(part % divisor);
  }
  if (remainder != 0) quotient.limbs[0] |= 1;
  const auto value = rounded(number.negative() ? quotient.negated() : quotient);
  return {value.value, value.exponent - 128};
}

}  // namespace factorwal::exact
