// LongInt against Boost's integers, on limbs that carries and borrows like: zeros, ones, and
// random.

#include "exact/long_int.h"

#include <gtest/gtest.h>

#include "support/exact_reference.h"
#include "support/series.h"

namespace factorwal {
namespace {

using exact::Int128;
using exact::LongInt;
using test::Random;
using test::Whole;

template <std::size_t N>
LongInt<N> random_number(Random& random) {
  LongInt<N> number;
  for (auto& limb : number.limbs) {
    constexpr std::uint64_t kNothing = 0;
    const std::uint64_t choices[] = {kNothing,
                                     ~kNothing,
                                     random.next(),
                                     random.next(),
                                     std::uint64_t{1} << random.below(64),
                                     random.next() >> 60};
    limb = choices[random.below(std::size(choices))];
  }
  return number;
}

template <std::size_t N>
Whole whole_of(const LongInt<N>& number) {
  Whole whole = 0;
  for (std::size_t i = N; i-- > 0;) whole = (whole << 64) + number.limbs[i];
  if ((number.limbs[N - 1] >> 63) != 0) whole -= Whole(1) << (64 * N);
  return whole;
}

/// As two's complement of so many limbs has it.
template <std::size_t N>
Whole wrapped(Whole number) {
  const Whole size = Whole(1) << (64 * N);
  number %= size;
  if (number < -(size / 2)) number += size;
  if (number >= size / 2) number -= size;
  return number;
}

Int128 random_int128(Random& random) {
  const auto number = random_number<2>(random);
  const auto high = static_cast<exact::Uint128>(number.limbs[1]) << 64;
  return static_cast<Int128>(high | number.limbs[0]) >> random.below(127);
}

Whole whole_of(Int128 number) { return whole_of(LongInt<2>(number)); }

template <class Limbs>
class LongIntOf : public testing::Test {};

template <std::size_t N>
using Limbs = std::integral_constant<std::size_t, N>;
using LimbCounts = testing::Types<Limbs<2>, Limbs<3>, Limbs<4>, Limbs<34>, Limbs<68>>;
TYPED_TEST_SUITE(LongIntOf, LimbCounts);

TYPED_TEST(LongIntOf, AddsAndSubtractsAsIntegersThatWrap) {
  constexpr std::size_t kN = TypeParam::value;
  Random random(kN);
  for (int i = 0; i < 5000; ++i) {
    const auto a = random_number<kN>(random);
    const auto b = random_number<kN>(random);
    auto sum = a;
    sum += b;
    ASSERT_EQ(whole_of(sum), wrapped<kN>(whole_of(a) + whole_of(b)));
    auto difference = a;
    difference -= b;
    ASSERT_EQ(whole_of(difference), wrapped<kN>(whole_of(a) - whole_of(b)));
  }
}

TYPED_TEST(LongIntOf, KnowsItsSign) {
  constexpr std::size_t kN = TypeParam::value;
  Random random(kN + 100);
  for (int i = 0; i < 5000; ++i) {
    const auto a = random_number<kN>(random);
    const Whole whole = whole_of(a);
    ASSERT_EQ(a.negative(), whole < 0);
    ASSERT_EQ(a.zero(), whole == 0);
    ASSERT_EQ(whole_of(a.negated()), wrapped<kN>(-whole));
    ASSERT_EQ(whole_of(a.magnitude()), wrapped<kN>(whole < 0 ? Whole(-whole) : whole));
    ASSERT_EQ(whole_of(LongInt<kN + 3>(a)), whole);
  }
}

TYPED_TEST(LongIntOf, ShiftsWhatFits) {
  constexpr std::size_t kN = TypeParam::value;
  Random random(kN + 200);
  for (int i = 0; i < 5000; ++i) {
    const auto value = random_int128(random);
    const Whole whole = whole_of(value);
    ASSERT_EQ(whole_of(LongInt<kN>(value)), whole);
    const auto room = 64 * kN - 1 - static_cast<std::size_t>(test::bit_count(whole));
    for (const auto shift : {std::size_t{0}, random.below(room + 1), room}) {
      ASSERT_EQ(whole_of(LongInt<kN>::shifted(value, shift)), Whole(whole << shift)) << shift;
    }
  }
}

TYPED_TEST(LongIntOf, MultipliesExactly) {
  constexpr std::size_t kN = TypeParam::value;
  Random random(kN + 300);
  for (int i = 0; i < 2000; ++i) {
    const auto a = random_number<kN>(random);
    const auto b = random_number<2>(random);
    const auto c = random_number<kN>(random);
    ASSERT_EQ(whole_of(exact::multiplied(a, b)), Whole(whole_of(a) * whole_of(b)));
    ASSERT_EQ(whole_of(exact::multiplied(b, a)), Whole(whole_of(a) * whole_of(b)));
    ASSERT_EQ(whole_of(exact::multiplied(a, c)), Whole(whole_of(a) * whole_of(c)));
  }
}

TYPED_TEST(LongIntOf, ScalesByACount) {
  constexpr std::size_t kN = TypeParam::value;
  Random random(kN + 400);
  for (int i = 0; i < 5000; ++i) {
    auto a = random_number<kN>(random);
    const std::uint64_t count = random.next() >> random.below(64);
    ASSERT_EQ(whole_of(exact::scaled(a, count)), wrapped<kN>(whole_of(a) * count));
  }
}

}  // namespace
}  // namespace factorwal
