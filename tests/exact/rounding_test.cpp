// Roundings of integers to doubles against the same in Boost's integers: on random numbers, on ties
// and next to ties, at every size.

#include "exact/rounding.h"

#include <gtest/gtest.h>

#include "exact/grid.h"
#include "support/exact_reference.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

using exact::Int128;
using exact::LongInt;
using exact::Uint128;
using test::Random;
using test::Real;
using test::Whole;

/// number / divisor with 53 bits, ties to even.
Real nearest(const Whole& number, const Whole& divisor = 1) {
  const Whole size = number < 0 ? Whole(-number) : number;
  const int shift = std::max(0, 60 + test::bit_count(divisor) - test::bit_count(size));
  const Whole shifted = size << shift;
  const Whole quotient = shifted / divisor;
  const int surplus = std::max(0, test::bit_count(quotient) - 53);
  Whole kept = quotient >> surplus;
  // Twice what was cut off, next to one unit of the last digit kept.
  const Whole rest = 2 * (shifted - (kept << surplus) * divisor);
  const Whole unit = divisor << surplus;
  if (rest > unit || (rest == unit && (kept & 1) != 0)) ++kept;
  return {number < 0 ? Whole(-kept) : kept, surplus - shift};
}

/// To 53 bits, up from the 54th.
Real half_up(const Whole& number) {
  const Whole size = number < 0 ? Whole(-number) : number;
  const int surplus = test::bit_count(size) - 53;
  if (surplus <= 0) return {number, 0};
  const Whole kept = ((size >> (surplus - 1)) + 1) >> 1;
  return {number < 0 ? Whole(-kept) : kept, surplus};
}

bool equal(double got, int exponent, const Real& expected) {
  Real real = test::real_of(got);
  real.exponent += exponent;
  return test::sum(real, {Whole(-expected.digits), expected.exponent}).digits == 0;
}

/// Of so many bits: anything, or 53 and one more and then nothing, or one away from that.
Whole number_of_bits(Random& random, int bits) {
  Whole number = 0;
  while (test::bit_count(number) < bits) number = (number << 64) + random.next();
  number >>= test::bit_count(number) - bits;
  const auto form = random.below(5);
  if (form == 0 || bits < 56) return number;
  const int tail = bits - (form == 4 ? 53 : 54);
  number = ((number >> tail) | 1) << tail;
  if (form == 2) number += 1;
  if (form == 3) number -= 1;
  return number;
}

Uint128 uint128_of(const Whole& number) {
  const auto low = static_cast<std::uint64_t>(number & ~std::uint64_t{0});
  return (Uint128{static_cast<std::uint64_t>(number >> 64)} << 64) | low;
}

template <std::size_t N>
LongInt<N> long_int_of(const Whole& number) {
  Whole rest = number < 0 ? Whole(-number) : number;
  LongInt<N> result;
  for (auto& limb : result.limbs) {
    limb = static_cast<std::uint64_t>(rest & ~std::uint64_t{0});
    rest >>= 64;
  }
  return number < 0 ? result.negated() : result;
}

TEST(Rounded, IsTheNearestDoubleOfEvery128BitNumber) {
  Random random(1);
  EXPECT_EQ(test::bits(exact::rounded(Uint128{0})), 0u);
  EXPECT_EQ(test::bits(exact::rounded(Int128{0})), 0u);
  for (int bits = 1; bits <= 128; ++bits) {
    for (int i = 0; i < 300; ++i) {
      const Whole number = number_of_bits(random, bits);
      const auto value = uint128_of(number);
      ASSERT_TRUE(equal(exact::rounded(value), 0, nearest(number))) << number;
      if (bits == 128) continue;
      const auto negative = -static_cast<Int128>(value);
      ASSERT_TRUE(equal(exact::rounded(-negative), 0, nearest(number))) << number;
      ASSERT_TRUE(equal(exact::rounded(negative), 0, nearest(-number))) << number;
    }
  }
}

TEST(HalfUp, Keeps53BitsOfEvery128BitNumber) {
  Random random(2);
  EXPECT_EQ(test::bits(exact::half_up(Uint128{0})), 0u);
  EXPECT_EQ(test::bits(exact::half_up(Int128{0})), 0u);
  for (int bits = 1; bits <= 128; ++bits) {
    for (int i = 0; i < 300; ++i) {
      const Whole number = number_of_bits(random, bits);
      const auto value = uint128_of(number);
      ASSERT_TRUE(equal(exact::half_up(value), 0, half_up(number))) << number;
      if (bits == 128) continue;
      const auto negative = -static_cast<Int128>(value);
      ASSERT_TRUE(equal(exact::half_up(-negative), 0, half_up(number))) << number;
      ASSERT_TRUE(equal(exact::half_up(negative), 0, half_up(-number))) << number;
    }
  }
}

template <std::size_t N>
void expect_long_roundings(Random& random, int bits) {
  const Whole size = number_of_bits(random, bits);
  for (const Whole& number : {size, Whole(-size)}) {
    const auto value = long_int_of<N>(number);
    const auto rounded = exact::rounded(value);
    ASSERT_TRUE(equal(rounded.value, rounded.exponent, nearest(number))) << number;
    ASSERT_EQ(rounded.exponent % 2, 0);
    const auto up = exact::half_up(value);
    ASSERT_TRUE(equal(up.value, up.exponent, half_up(number))) << number;
    ASSERT_EQ(up.exponent % 2, 0);
    const std::uint64_t divisor = 1 + (random.next() & 0xffffffff) % 0xffffffff;
    for (const auto by : {divisor, divisor >> 20 | 1, std::uint64_t{0xffffffff}}) {
      const auto quotient = exact::rounded_quotient(value, by);
      ASSERT_TRUE(equal(quotient.value, quotient.exponent, nearest(number, Whole(by))))
          << number << " / " << by;
    }
  }
}

template <std::size_t N>
void expect_zero() {
  EXPECT_EQ(test::bits(exact::rounded(LongInt<N>{}).value), 0u);
  EXPECT_EQ(test::bits(exact::half_up(LongInt<N>{}).value), 0u);
  EXPECT_EQ(test::bits(exact::rounded_quotient(LongInt<N>{}, 3).value), 0u);
}

TEST(LongIntRoundings, AreThoseOfTheExactNumber) {
  Random random(3);
  for (int bits = 1; bits < 128; ++bits) {
    for (int i = 0; i < 60; ++i) ASSERT_NO_FATAL_FAILURE(expect_long_roundings<2>(random, bits));
  }
  for (int bits = 1; bits < 256; ++bits) {
    for (int i = 0; i < 60; ++i) ASSERT_NO_FATAL_FAILURE(expect_long_roundings<4>(random, bits));
  }
  for (int bits = 1; bits < 2176; ++bits) {
    ASSERT_NO_FATAL_FAILURE(expect_long_roundings<34>(random, bits));
  }
  expect_zero<2>();
  expect_zero<4>();
  expect_zero<34>();
}

// A quotient that is a tie but for a remainder, and one that is a tie.
TEST(RoundedQuotient, OfTiesGoesToEven) {
  Random random(4);
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t divisor = 1 + (random.next() & 0xffffff);
    const Whole tie = number_of_bits(random, 54) | 1;
    for (const int apart : {-1, 0, 1}) {
      const Whole number = tie * divisor + apart;
      const auto got = exact::rounded_quotient(long_int_of<4>(number), divisor);
      ASSERT_TRUE(equal(got.value, got.exponent, nearest(number, Whole(divisor)))) << number;
    }
  }
}

/// What rounded_mean says, in exact arithmetic. Zero has no sign.
void expect_mean(std::int64_t center, std::int64_t sum, std::int64_t count) {
  const double got = exact::rounded_mean(center, sum, count);
  ASSERT_TRUE(equal(got, 0, nearest(Whole(center) * count + sum, Whole(count))))
      << center << " + " << sum << " / " << count << " is not " << got;
  if (got == 0) {
    ASSERT_EQ(test::bits(got), 0u);
  }
}

TEST(RoundedMean, IsTheNearestDoubleOfAnyMean) {
  Random random(5);
  for (int i = 0; i < 300000; ++i) {
    const auto count = 1 + static_cast<std::int64_t>(random.next() >> (43 + random.below(21)));
    const auto sign = random.below(2) == 0 ? 1 : -1;
    const auto center = sign * static_cast<std::int64_t>(random.next() >> (5 + random.below(59)));
    const auto bits = std::min<std::size_t>(
        62, 53 + static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(count))) - 1);
    const auto size = static_cast<std::int64_t>(random.next() >> (64 - bits + random.below(bits)));
    ASSERT_NO_FATAL_FAILURE(expect_mean(center, random.below(2) == 0 ? size : -size,
                                        std::min(count, (std::int64_t{1} << 21) - 1)));
  }
}

// The method changes at 2^32 and 2^52, and the last digit's place at every power of two. A mean
// between -2^52 and -2^52 + 1 once took the upper method, which has too few digits below 2^52.
TEST(RoundedMean, IsTheNearestDoubleNextToPowersOfTwo) {
  for (const int exponent : {20, 31, 32, 33, 51, 52, 53, 54, 58}) {
    for (const std::int64_t sign : {1, -1}) {
      for (std::int64_t apart = -3; apart <= 3; ++apart) {
        const auto center = sign * (std::int64_t{1} << exponent) + apart;
        for (const std::int64_t count : {1, 2, 3, 7, 8, 20, 1000, 2097151}) {
          for (const std::int64_t part : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
            const auto sum = count * part / 12;
            for (const auto more : {-1, 0, 1}) {
              ASSERT_NO_FATAL_FAILURE(expect_mean(center, sum + more, count));
              ASSERT_NO_FATAL_FAILURE(expect_mean(center, -sum + more, count));
            }
          }
        }
      }
    }
  }
}

TEST(PowerOfTwo, IsExactForEveryNormalNumber) {
  for (int exponent = -1022; exponent <= 1023; ++exponent) {
    ASSERT_EQ(exact::power_of_two(exponent), std::ldexp(1.0, exponent));
  }
}

TEST(IsNear, IsAQuarterOrLess) {
  EXPECT_TRUE(exact::is_near(0, 0));
  EXPECT_TRUE(exact::is_near(-1, 4));
  EXPECT_TRUE(exact::is_near(1, -4));
  EXPECT_FALSE(exact::is_near(1.0000000000000002, 4));
  EXPECT_FALSE(exact::is_near(1, 0));
  EXPECT_FALSE(exact::is_near(test::kNone, 4));
  EXPECT_FALSE(exact::is_near(1, test::kNone));
}

}  // namespace
}  // namespace factorwal
