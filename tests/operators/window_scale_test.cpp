// Units do not matter: a series times 2^k has 2^k times the mean, sum and deviation, and the same
// correlations, to the last bit, as long as nothing is subnormal.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "factorwal/operators.h"
#include "support/run_operator.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

using test::Values;

/// What stands for a missing value stays as it is.
Values scaled(const Values& values, int exponent) {
  Values result;
  for (const double x : values) result.push_back(is_present(x) ? std::ldexp(x, exponent) : x);
  return result;
}

/// Of every tick: mean, sum, both deviations, and the bands' upper and lower.
std::vector<Values> answers(const Values& x, std::int64_t window) {
  const Values inputs[] = {x};
  RollingMean mean(window, 1);
  RollingSum total(window, 1);
  RollingStd deviation(window, 0, 1);
  RollingStd sample_deviation(window, 1, 2);
  BollingerBands bands(window, 2);
  std::vector<Values> answers(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    answers[i].push_back(test::update(mean, inputs, i)[0]);
    answers[i].push_back(test::update(total, inputs, i)[0]);
    answers[i].push_back(test::update(deviation, inputs, i)[0]);
    answers[i].push_back(test::update(sample_deviation, inputs, i)[0]);
    const Values of_bands = test::update(bands, inputs, i);
    answers[i].insert(answers[i].end(), {of_bands[0], of_bands[2]});
  }
  return answers;
}

Values correlations(const Values& x, const Values& y, std::int64_t window) {
  const Values inputs[] = {x, y};
  RollingCorr correlation(window, 1);
  return test::run(correlation, inputs);
}

// Without denormals, and without what leaves the range of present values when it is scaled.
constexpr std::string_view kScaledNames[] = {"price_in_cents",
                                             "price_in_fifths",
                                             "price_in_quarters",
                                             "price_at_a_binade",
                                             "size",
                                             "log_return",
                                             "zero",
                                             "flat",
                                             "flat_tick",
                                             "large_whole",
                                             "far_from_zero"};

const test::SeriesKind& kind_of(std::string_view name) {
  return *std::ranges::find(test::kSeriesKinds, name, &test::SeriesKind::name);
}

class WindowScale : public testing::TestWithParam<std::string_view> {};

TEST_P(WindowScale, IsThatOfTheValues) {
  Values x = test::make_series(kind_of(GetParam()), 3, 250);
  test::add_gaps(x, 4);
  for (const std::int64_t window : {2, 7, 64}) {
    const auto expected = answers(x, window);
    for (int k = -40; k <= 40; ++k) {
      const auto got = answers(scaled(x, k), window);
      for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < expected[i].size(); ++j) {
          const double value = std::ldexp(expected[i][j], k);
          ASSERT_EQ(test::bits(got[i][j]), test::bits(value))
              << "window " << window << " times 2^" << k << " tick " << i << " answer " << j;
        }
      }
    }
  }
}

TEST_P(WindowScale, LeavesCorrelationsAlone) {
  Values x = test::make_series(kind_of(GetParam()), 5, 250);
  Values y = test::follower_of(x, 6);
  test::add_gaps(x, 7);
  test::add_gaps(y, 8);
  for (const std::int64_t window : {2, 7, 64}) {
    const Values expected = correlations(x, y, window);
    for (int k = -40; k <= 40; ++k) {
      const Values got = correlations(scaled(x, k), scaled(y, 7 - k / 2), window);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(test::bits(got[i]), test::bits(expected[i]))
            << "window " << window << " times 2^" << k << " tick " << i;
      }
    }
  }
}

// The three moments differ by powers of two alone, so no rounding can tell them apart.
TEST_P(WindowScale, OfAMultipleByAPowerOfTwoIsACorrelationOfOne) {
  Values x = test::make_series(kind_of(GetParam()), 9, 400);
  test::add_gaps(x, 10);
  Values turned = scaled(x, 3);
  for (double& value : turned) value = is_present(value) ? -value : value;
  for (const std::int64_t window : {2, 20, 64}) {
    const Values same = correlations(x, x, window);
    const Values opposite = correlations(x, turned, window);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(std::isnan(same[i]), std::isnan(opposite[i]));
      if (std::isnan(same[i])) continue;
      ASSERT_EQ(same[i], 1);
      ASSERT_EQ(opposite[i], -1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, WindowScale, testing::ValuesIn(kScaledNames),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace factorwal
