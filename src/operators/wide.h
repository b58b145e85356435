#pragma once
/// Values as long integers: what the wide and the unbounded tier add up.

#include "exact/grid.h"
#include "exact/long_int.h"

namespace factorwal::operators {

/// Wide: bits of a value. A million squares of it fit 256 bits with their sign.
inline constexpr int kWideBits = 100;

/// Unbounded: every double below 1e300, a million times, in units of the smallest one.
inline constexpr std::size_t kUnboundedLimbs = 34;
inline constexpr int kUnboundedExponent = -1074;

template <std::size_t N>
void add(exact::LongInt<N>& sum, const exact::LongInt<N>& number, int sign) noexcept {
  if (sign > 0) {
    sum += number;
  } else {
    sum -= number;
  }
}

[[nodiscard]] inline bool fits_wide(int exponent, double value) noexcept {
  if (value == 0) return true;
  const auto parts = exact::odd_parts(value);
  const auto size = static_cast<std::uint64_t>(parts.odd < 0 ? -parts.odd : parts.odd);
  const int bits = 64 - std::countl_zero(size);
  return parts.exponent >= exponent && parts.exponent + bits <= exponent + kWideBits;
}

/// Requires: it fits.
[[nodiscard]] inline exact::LongInt<2> wide_number(int exponent, double value) noexcept {
  if (value == 0) return {};
  const auto parts = exact::odd_parts(value);
  return exact::LongInt<2>::shifted(parts.odd, static_cast<std::size_t>(parts.exponent - exponent));
}

/// Requires: value is not 0.
inline void add_unbounded(exact::LongInt<kUnboundedLimbs>& sum, double value) noexcept {
  const auto parts = exact::odd_parts(value);
  sum += exact::LongInt<kUnboundedLimbs>::shifted(
      parts.odd, static_cast<std::size_t>(parts.exponent - kUnboundedExponent));
}

inline void add_unbounded_product(exact::LongInt<2 * kUnboundedLimbs>& sum, double a,
                                  double b) noexcept {
  const auto x = exact::odd_parts(a);
  const auto y = exact::odd_parts(b);
  sum += exact::LongInt<2 * kUnboundedLimbs>::shifted(
      exact::Int128{x.odd} * y.odd,
      static_cast<std::size_t>(x.exponent + y.exponent - 2 * kUnboundedExponent));
}

/// count * products - a * b: count^2 times a covariance.
template <std::size_t N>
[[nodiscard]] exact::LongInt<2 * N> wide_moment(const exact::LongInt<2 * N>& products,
                                                const exact::LongInt<N>& a,
                                                const exact::LongInt<N>& b,
                                                std::int64_t count) noexcept {
  auto moment = exact::scaled(products, static_cast<std::uint64_t>(count));
  moment -= exact::multiplied(a, b);
  return moment;
}

}  // namespace factorwal::operators
