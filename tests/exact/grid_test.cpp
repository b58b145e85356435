#include "exact/grid.h"

#include <gtest/gtest.h>

#include "support/exact_reference.h"
#include "support/run_operator.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

TEST(OddParts, AreTheDoubleExactly) {
  test::Random random(1);
  for (int i = 0; i < 200000; ++i) {
    double x = std::bit_cast<double>(random.next() & ~(random.next() >> random.below(64)));
    if (i % 7 == 0) x = test::kinds::denormal(random, *std::make_unique<test::Values>());
    if (!std::isfinite(x) || x == 0) continue;
    const auto parts = exact::odd_parts(x);
    ASSERT_NE(parts.odd % 2, 0) << x;
    ASSERT_LT(std::abs(parts.odd), std::int64_t{1} << 53) << x;
    const test::Real real = test::real_of(x);
    const test::Real difference =
        test::sum({test::Whole(parts.odd), parts.exponent}, {-real.digits, real.exponent});
    ASSERT_EQ(difference.digits, 0) << x;
  }
}

TEST(OddParts, OfTheSmallestAndTheLargest) {
  const auto smallest = exact::odd_parts(-0x1p-1074);
  EXPECT_EQ(smallest.odd, -1);
  EXPECT_EQ(smallest.exponent, -1074);
  const auto largest = exact::odd_parts(0x1.fffffffffffffp1023);
  EXPECT_EQ(largest.odd, (std::int64_t{1} << 53) - 1);
  EXPECT_EQ(largest.exponent, 971);
}

TEST(Span, HasAllValuesAndNoRoomToSpare) {
  for (const auto& kind : test::kSeriesKinds) {
    const test::Values values = test::make_series(kind, 9, 300);
    exact::Span span;
    test::Values seen;
    for (const double x : values) {
      if (!std::isfinite(x)) continue;
      span.add(x);
      seen.push_back(x);
      ASSERT_EQ(span.least, *std::ranges::min_element(seen));
      ASSERT_EQ(span.most, *std::ranges::max_element(seen));
      bool lowest_is_needed = false;
      bool highest_is_needed = false;
      for (const double value : seen) {
        if (value == 0) continue;
        const auto [odd, exponent] = exact::odd_parts(value);
        ASSERT_GE(exponent, span.lowest) << kind.name;
        lowest_is_needed = lowest_is_needed || exponent == span.lowest;
        int above = 0;
        std::frexp(value, &above);  // |value| is below 2^above, and not below half of that
        ASSERT_LE(above, span.highest) << kind.name;
        highest_is_needed = highest_is_needed || above == span.highest;
      }
      const bool only_zeros = std::ranges::all_of(seen, [](double value) { return value == 0; });
      ASSERT_EQ(lowest_is_needed, !only_zeros);
      ASSERT_EQ(highest_is_needed, !only_zeros);
      ASSERT_EQ(span.highest < span.lowest, only_zeros);
    }
  }
}

TEST(Span, OfNothingHasHighestBelowLowest) {
  const exact::Span span;
  EXPECT_LT(span.highest, span.lowest);
}

}  // namespace
}  // namespace factorwal
