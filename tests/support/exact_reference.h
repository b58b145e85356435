#pragma once
/// Windows in exact arithmetic (Boost.Multiprecision), which shares nothing with src/exact, and the
/// distance of a double from what it should be.

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace factorwal::test {

using Whole = boost::multiprecision::cpp_int;

/// digits * 2^exponent.
struct Real {
  Whole digits;
  int exponent = 0;
};

inline int bit_count(const Whole& number) {
  return number == 0
             ? 0
             : static_cast<int>(boost::multiprecision::msb(number < 0 ? Whole(-number) : number)) +
                   1;
}

/// number * 2^shift, towards zero.
inline Whole shifted(const Whole& number, int shift) {
  if (shift >= 0) return number << shift;
  return number < 0 ? -(Whole(-number) >> -shift) : number >> -shift;
}

/// Requires: finite.
inline Real real_of(double x) {
  int exponent = 0;
  const auto digits = static_cast<std::int64_t>(std::ldexp(std::frexp(x, &exponent), 53));
  return {digits, exponent - 53};
}

/// With 300 bits at most: quotients and roots need no more.
inline Real head_of(const Real& number) {
  const int surplus = std::max(0, bit_count(number.digits) - 300);
  return {shifted(number.digits, -surplus), number.exponent + surplus};
}

inline Real product(const Real& a, const Real& b) {
  return {a.digits * b.digits, a.exponent + b.exponent};
}

/// To 150 bits or more.
inline Real quotient(const Real& number, const Real& divisor) {
  const Real a = head_of(number);
  const Real b = head_of(divisor);
  const int shift = std::max(0, 150 + bit_count(b.digits) - bit_count(a.digits));
  return {Whole(a.digits << shift) / b.digits, a.exponent - b.exponent - shift};
}

/// To 150 bits or more. Requires: not negative.
inline Real root(const Real& number) {
  int shift = std::max(0, 300 - bit_count(number.digits));
  if ((number.exponent - shift) % 2 != 0) ++shift;
  return {boost::multiprecision::sqrt(Whole(number.digits << shift)),
          (number.exponent - shift) / 2};
}

inline Real sum(const Real& a, const Real& b) {
  const int exponent = std::min(a.exponent, b.exponent);
  return {shifted(a.digits, a.exponent - exponent) + shifted(b.digits, b.exponent - exponent),
          exponent};
}

/// The exponent of the last digit that a double has next to `number`.
inline int ulp_exponent(const Real& number) {
  return std::max(-1074, bit_count(number.digits) + number.exponent - 53);
}

/// |got - expected| in units of 2^exponent.
inline double distance(double got, const Real& expected, int exponent) {
  if (!std::isfinite(got)) return std::numeric_limits<double>::infinity();
  const Real difference = sum(real_of(got), {-expected.digits, expected.exponent});
  const Whole units = shifted(difference.digits, difference.exponent - exponent + 40);
  if (bit_count(units) > 100) return 0x1p60;
  return std::fabs(static_cast<double>(units)) * 0x1p-40;
}

/// |got - expected| in ulps of `expected`.
inline double ulps(double got, const Real& expected) {
  return distance(got, expected, ulp_exponent(expected));
}

/// Values as integers in units of 2^exponent, the finest that any of them needs.
struct WholeSeries {
  explicit WholeSeries(std::span<const double> values) {
    exponent = 0;
    for (const double x : values) {
      if (is_number(x)) exponent = std::min(exponent, lowest_exponent(x));
    }
    for (const double x : values) {
      present.push_back(is_number(x));
      const Real real = present.back() ? real_of(x) : Real{};
      numbers.push_back(shifted(real.digits, real.exponent - exponent));
    }
  }
  static bool is_number(double x) { return std::fabs(x) < 1e300; }

  int exponent = 0;
  std::vector<bool> present;
  std::vector<Whole> numbers;

 private:
  static int lowest_exponent(double x) {
    const Real real = real_of(x);
    if (x == 0) return 0;
    const Whole size = real.digits < 0 ? Whole(-real.digits) : real.digits;
    return real.exponent + static_cast<int>(boost::multiprecision::lsb(size));
  }
};

/// Over the slots of a window that count. Being exact, it may add what comes and subtract what
/// goes.
struct WholeSums {
  std::int64_t count = 0;
  Whole x;
  Whole y;
  Whole xx;
  Whole yy;
  Whole xy;

  void add(const Whole& a, const Whole& b) {
    ++count;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  void subtract(const Whole& a, const Whole& b) {
    --count;
    x -= a;
    y -= b;
    xx -= a * a;
    yy -= b * b;
    xy -= a * b;
  }
  [[nodiscard]] Whole spread_x() const { return xx * count - x * x; }
  [[nodiscard]] Whole spread_y() const { return yy * count - y * y; }
  [[nodiscard]] Whole moment() const { return xy * count - x * y; }
};

/// Requires: a count above 0.
inline Real exact_mean(const WholeSums& sums, int exponent) {
  return quotient({sums.x, exponent}, {Whole(sums.count), 0});
}

/// Requires: a count above ddof.
inline Real exact_deviation(const WholeSums& sums, int exponent, std::int64_t ddof) {
  const Whole divisor = Whole(sums.count) * (sums.count - ddof);
  return root(quotient({sums.spread_x(), 2 * exponent}, {divisor, 0}));
}

/// Requires: neither is flat.
inline Real exact_correlation(const WholeSums& sums) {
  const Real xy = head_of({sums.moment(), 0});
  const Real spreads = product(head_of({sums.spread_x(), 0}), head_of({sums.spread_y(), 0}));
  Real result = root(quotient(product(xy, xy), spreads));
  if (xy.digits < 0) result.digits = -result.digits;
  return result;
}

}  // namespace factorwal::test
