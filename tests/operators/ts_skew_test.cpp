// ts_skew against its definition in exact arithmetic: power sums of the window's own values as
// rationals, one root at the end, with 60 digits.

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <vector>

#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

using test::Values;
using Rational = boost::multiprecision::cpp_rational;
using Float = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<60>>;

Values present_of(const Values& x, std::size_t at, std::size_t d) {
  Values window;
  for (std::size_t i = at + 1 < d ? 0 : at + 1 - d; i <= at; ++i) {
    if (is_present(x[i])) window.push_back(x[i]);
  }
  return window;
}

/// kMissing where the window has fewer than 3 values, or all are equal.
double exact_skewness(const Values& window) {
  if (window.size() < 3) return kMissing;
  const Rational n(window.size());
  Rational sum = 0;
  for (const double x : window) sum += Rational(x);
  const Rational mean = sum / n;
  Rational m2 = 0;
  Rational m3 = 0;
  for (const double x : window) {
    const Rational deviation = Rational(x) - mean;
    m2 += deviation * deviation;
    m3 += deviation * deviation * deviation;
  }
  if (m2 == 0) return kMissing;
  const Float second(m2 / n);
  const Float third(m3 / n);
  return static_cast<double>(sqrt(Float(n * (n - 1))) / Float(n - 2) * third /
                             (second * sqrt(second)));
}

std::unique_ptr<IncrementalOperator> skew_of(double d, double minp) {
  const auto call = operators::make_call(*operators::find_kind("ts_skew"), std::array{d, minp});
  return test::operator_of(call.value());
}

constexpr std::string_view kNames[] = {"price_in_cents",
                                       "price_in_fifths",
                                       "price_in_quarters",
                                       "size",
                                       "log_return",
                                       "spiked_price",
                                       "zero",
                                       "flat",
                                       "flat_tick",
                                       "small",
                                       "large_whole",
                                       "far_from_zero",
                                       "regimes",
                                       "price_at_a_binade",
                                       "denormal"};

class TsSkew : public testing::TestWithParam<std::string_view> {};

// Relative to the skewness itself, also where the third moment nearly cancels. The 1e-28 is for
// windows that are symmetric, of cubes that are not exact in 106 bits.
TEST_P(TsSkew, IsThatOfTheWindowToTheLastBits) {
  const auto& kind = *std::ranges::find(test::kSeriesKinds, GetParam(), &test::SeriesKind::name);
  Values x = test::make_series(kind, 11, 400);
  test::add_gaps(x, 12);
  for (const std::size_t d : {3u, 4u, 7u, 20u, 64u}) {
    const auto skew = skew_of(static_cast<double>(d), 2);
    const auto got = test::run(*skew, std::span(&x, 1));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = exact_skewness(present_of(x, i, d));
      ASSERT_EQ(is_present(got[i]), is_present(expected)) << d << " tick " << i;
      if (!is_present(expected)) continue;
      ASSERT_LE(std::fabs(got[i] - expected), 2e-15 * std::fabs(expected) + 1e-28)
          << d << " tick " << i << ": " << got[i] << " instead of " << expected;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, TsSkew, testing::ValuesIn(kNames),
                         [](const auto& test) { return std::string(test.param); });

double last_skewness(double d, double minp, const Values& x) {
  return test::run(*skew_of(d, minp), std::span(&x, 1)).back();
}

TEST(TsSkewOfAWindow, IsExactlyZeroWhereItIsSymmetric) {
  EXPECT_EQ(last_skewness(5, 5, {5000.25, 5000.75, 5001, 5001.25, 5001.75}), 0);
  EXPECT_EQ(last_skewness(4, 4, {-2, -1, 1, 2}), 0);
}

TEST(TsSkewOfAWindow, IsBiasCorrected) {
  EXPECT_NEAR(last_skewness(3, 3, {0, 0, 1}), std::sqrt(3.0), 1e-15);
  EXPECT_NEAR(last_skewness(3, 3, {0, 0, -1}), -std::sqrt(3.0), 1e-15);
}

TEST(TsSkewOfAWindow, IsMissingWhereFewerThanThreeArePresent) {
  EXPECT_FALSE(is_present(last_skewness(5, 1, {1, 2, test::kNone, test::kNone, test::kNone})));
  EXPECT_TRUE(is_present(last_skewness(5, 1, {1, 2, 4, test::kNone, test::kNone})));
  EXPECT_FALSE(is_present(last_skewness(5, 4, {1, 2, 4, test::kNone, test::kNone})));
}

TEST(TsSkewOfAWindow, IsTheSameInEveryUnit) {
  Values x = test::make_series(test::kSeriesKinds[1], 3, 200);
  const auto expected = test::run(*skew_of(20, 5), std::span(&x, 1));
  for (const int k : {-900, -40, 1, 40, 900}) {
    Values scaled;
    for (const double value : x) scaled.push_back(std::ldexp(value, k));
    const auto got = test::run(*skew_of(20, 5), std::span(&scaled, 1));
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(test::bits(got[i]), test::bits(expected[i])) << k << " tick " << i;
    }
  }
}

}  // namespace
}  // namespace factorwal
