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

/// A value on a wide grid: mantissa * 2^shift, in units of the grid.
struct WideValue {
  std::int64_t mantissa;
  unsigned shift;

  [[nodiscard]] exact::Int128 number() const noexcept { return exact::Int128{mantissa} << shift; }
};

/// Squares of wide values, added up: straight code for what LongInt does in loops.
class WideSquares {
 public:
  explicit WideSquares(exact::LongInt<4>& sum) noexcept : limbs_(sum.limbs.data()) {}
  void add(WideValue value) noexcept { change<false>(value); }
  void subtract(WideValue value) noexcept { change<true>(value); }

 private:
  template <bool kSubtract>
  void change(WideValue value) noexcept {
    const auto square = static_cast<exact::Uint128>(exact::Int128{value.mantissa} * value.mantissa);
    const unsigned limb = 2 * value.shift / 64;
    const unsigned bits = 2 * value.shift % 64;
    const exact::Uint128 low = square << bits;
    const auto high = bits == 0 ? 0 : static_cast<std::uint64_t>(square >> (128 - bits));
    const std::uint64_t parts[3] = {static_cast<std::uint64_t>(low),
                                    static_cast<std::uint64_t>(low >> 64), high};
    switch (limb) {
      case 0: carry<kSubtract, 0>(parts); break;
      case 1: carry<kSubtract, 1>(parts); break;
      case 2: carry<kSubtract, 2>(parts); break;
      default: carry<kSubtract, 3>(parts); break;
    }
  }
  template <bool kSubtract, unsigned kLimb>
  void carry(const std::uint64_t (&parts)[3]) noexcept {
    std::uint64_t over = 0;
    for (unsigned i = kLimb; i < 4; ++i) {
      const std::uint64_t part = i - kLimb < 3 ? parts[i - kLimb] : 0;
      const exact::Uint128 result = kSubtract ? exact::Uint128{limbs_[i]} - part - over
                                              : exact::Uint128{limbs_[i]} + part + over;
      limbs_[i] = static_cast<std::uint64_t>(result);
      over = static_cast<std::uint64_t>(result >> 64) & 1;
    }
  }

  std::uint64_t* limbs_;
};

/// Requires: it fits.
[[nodiscard]] inline WideValue wide_value(int exponent, double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto biased = static_cast<int>(bits >> 52 & 0x7ff);
  auto mantissa = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 52) - 1));
  if (biased != 0) mantissa |= std::int64_t{1} << 52;
  int shift = (biased == 0 ? 1 : biased) - 1075 - exponent;
  if (shift < 0) {  // zeros at its end
    mantissa = shift > -64 ? mantissa >> -shift : 0;
    shift = 0;
  }
  return {(bits >> 63) != 0 ? -mantissa : mantissa, static_cast<unsigned>(shift)};
}

/// Requires: it fits.
[[nodiscard]] inline exact::LongInt<2> wide_number(int exponent, double value) noexcept {
  return exact::LongInt<2>(wide_value(exponent, value).number());
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

/// count * squares - sum^2, to 53 bits: as `half_up` of `wide_moment` gives it.
[[nodiscard]] inline double wide_spread(const exact::LongInt<4>& squares, exact::Int128 sum,
                                        std::int64_t count) noexcept {
  using exact::Uint128;
  const auto n = static_cast<std::uint64_t>(count);
  const Uint128 p0 = Uint128{squares.limbs[0]} * n;
  const Uint128 p1 = Uint128{squares.limbs[1]} * n + (p0 >> 64);
  const Uint128 p2 = Uint128{squares.limbs[2]} * n + (p1 >> 64);
  const Uint128 upper_product =
      (Uint128{squares.limbs[3]} * n + (p2 >> 64)) << 64 | static_cast<std::uint64_t>(p2);
  const Uint128 lower_product = (p1 << 64) | static_cast<std::uint64_t>(p0);
  const auto size = sum < 0 ? -static_cast<Uint128>(sum) : static_cast<Uint128>(sum);
  const auto a = static_cast<std::uint64_t>(size);
  const auto b = static_cast<std::uint64_t>(size >> 64);
  const Uint128 middle = ((Uint128{a} * a) >> 64) + 2 * (Uint128{a} * b);  // b is below 2^60
  const Uint128 lower_square = (middle << 64) | static_cast<std::uint64_t>(Uint128{a} * a);
  const Uint128 upper_square = Uint128{b} * b + (middle >> 64);
  const Uint128 lower = lower_product - lower_square;
  const Uint128 upper = upper_product - upper_square - (lower_product < lower_square ? 1 : 0);
  if (upper == 0) return exact::half_up(lower);
  if ((upper >> 64) == 0) return exact::half_up((upper << 64) | (lower >> 64)) * 0x1p64;
  return exact::half_up(upper) * 0x1p128;
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
