// Rolling operators against a recomputation of every window from its own values, in long double,
// two passes: on random data with missing values, flats and spikes, and on the drift series where
// running sums fail.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "factorwal/operators.h"
#include "support/csv_table.h"
#include "support/run_operator.h"
#include "support/series.h"
#include "support/shared_data.h"

namespace factorwal {
namespace {

using test::run;

struct Pair {
  long double x = 0;
  long double y = 0;
};

/// The present values of the window that ends at `at`; of pairs, both must be present.
std::vector<Pair> window_of(std::span<const std::vector<double>> inputs, std::size_t at,
                            std::size_t window) {
  std::vector<Pair> values;
  for (std::size_t i = at + 1 < window ? 0 : at + 1 - window; i <= at; ++i) {
    const double x = inputs[0][i];
    const double y = inputs.size() > 1 ? inputs[1][i] : 0;
    if (std::fabs(x) < 1e300 && std::fabs(y) < 1e300) values.push_back({x, y});
  }
  return values;
}

struct Moments {
  long double mean = 0;
  long double xx = 0;
  long double yy = 0;
  long double xy = 0;
  long double magnitude = 0;
};

Moments moments_of(const std::vector<Pair>& values) {
  Moments m;
  // Relative to a first guess, so that long double's 64 bits are spent on the differences.
  const Pair origin = values[0];
  long double x_mean = 0;
  long double y_mean = 0;
  for (const Pair& v : values) {
    x_mean += v.x - origin.x;
    y_mean += v.y - origin.y;
    m.magnitude = std::max(m.magnitude, std::fabs(v.x));
  }
  const auto n = static_cast<long double>(values.size());
  x_mean /= n;
  y_mean /= n;
  for (const Pair& v : values) {
    const long double dx = (v.x - origin.x) - x_mean;
    const long double dy = (v.y - origin.y) - y_mean;
    m.xx += dx * dx;
    m.yy += dy * dy;
    m.xy += dx * dy;
  }
  m.mean = origin.x + x_mean;
  return m;
}

void expect_near_oracle(std::span<const std::vector<double>> inputs, std::size_t window,
                        std::size_t minp, std::size_t ddof, double std_bound, std::size_t stride,
                        bool with_corr) {
  const auto w = static_cast<std::int64_t>(window);
  RollingMean mean(w, static_cast<std::int64_t>(minp));
  RollingSum sum(w, static_cast<std::int64_t>(minp));
  RollingStd deviation(w, static_cast<std::int64_t>(ddof), static_cast<std::int64_t>(minp));
  RollingMin least(w, static_cast<std::int64_t>(minp));
  RollingMax most(w, static_cast<std::int64_t>(minp));
  const auto x_only = inputs.subspan(0, 1);
  const std::vector<double> means = run(mean, x_only);
  const std::vector<double> sums = run(sum, x_only);
  const std::vector<double> deviations = run(deviation, x_only);
  const std::vector<double> minima = run(least, x_only);
  const std::vector<double> maxima = run(most, x_only);
  std::vector<double> correlations;
  if (with_corr) {
    RollingCorr correlation(w, static_cast<std::int64_t>(minp));
    correlations = run(correlation, inputs);
  }
  for (std::size_t i = 0; i < inputs[0].size(); i += stride) {
    const std::vector<Pair> values = window_of(x_only, i, window);
    if (values.size() < minp) {
      for (const double value : {means[i], sums[i], deviations[i], minima[i], maxima[i]}) {
        ASSERT_EQ(test::bits(value), test::kMissingBits) << i;
      }
    } else {
      const Moments m = moments_of(values);
      ASSERT_LE(std::fabs(means[i] - m.mean), 1e-13L * m.magnitude) << i;
      long double total = 0;
      long double total_magnitude = 0;
      for (const Pair& v : values) {
        total += v.x;
        total_magnitude += std::fabs(v.x);
      }
      ASSERT_LE(std::fabs(sums[i] - total), 2e-16L * std::fabs(total) + 1e-18L * total_magnitude)
          << i;
      const auto by_x = [](const Pair& a, const Pair& b) { return a.x < b.x; };
      ASSERT_EQ(minima[i], std::min_element(values.begin(), values.end(), by_x)->x) << i;
      ASSERT_EQ(maxima[i], std::max_element(values.begin(), values.end(), by_x)->x) << i;
      if (values.size() <= ddof) {
        ASSERT_EQ(test::bits(deviations[i]), test::kMissingBits) << i;
      } else {
        const long double expected =
            std::sqrt(m.xx / static_cast<long double>(values.size() - ddof));
        // Exactly 0 where the window is flat.
        ASSERT_LE(std::fabs(deviations[i] - expected), std_bound * expected) << i;
        if (expected == 0) {
          ASSERT_EQ(static_cast<double>(values[0].x), means[i]) << i;
        }
      }
    }
    if (!with_corr) continue;
    const std::vector<Pair> pairs = window_of(inputs, i, window);
    const Moments m = pairs.empty() ? Moments{} : moments_of(pairs);
    if (pairs.size() < minp || m.xx == 0 || m.yy == 0) {
      ASSERT_EQ(test::bits(correlations[i]), test::kMissingBits) << i;
    } else {
      const long double expected = m.xy / std::sqrt(m.xx * m.yy);
      ASSERT_LE(std::fabs(correlations[i]), 1.0) << i;
      ASSERT_LE(std::fabs(correlations[i] - expected),
                std_bound * std::max<long double>(std::fabs(expected), 1e-3L))
          << i;
    }
  }
}

class RollingOracle : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RollingOracle, EveryWindowOfNastyDataIsRight) {
  const std::vector<double> inputs[] = {test::nasty_series(GetParam(), 3000),
                                        test::nasty_series(GetParam() + 1000, 3000)};
  for (const std::size_t window : {1u, 2u, 3u, 7u, 20u, 64u, 333u}) {
    for (const std::size_t minp : {std::size_t{1}, (window + 1) / 2, window}) {
      SCOPED_TRACE(testing::Message() << "window " << window << " minp " << minp);
      const std::size_t ddof = window == 1 ? 0 : 1;
      ASSERT_NO_FATAL_FAILURE(expect_near_oracle(inputs, window, minp, ddof, 1e-11, 1, window > 1));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RollingOracle, testing::Values(1, 2, 3, 4));

TEST(RollingDrift, StaysExactOnTheWalkAtOneBillion) {
  const test::DriftSeries series = test::drift_series(60000, false);
  const std::vector<double> inputs[] = {series.x, series.y};
  ASSERT_NO_FATAL_FAILURE(expect_near_oracle(inputs, 20, 20, 0, 1e-9, 1, true));
  ASSERT_NO_FATAL_FAILURE(expect_near_oracle(inputs, 500, 500, 0, 1e-9, 17, true));
}

TEST(RollingDrift, SpikesThatLeftLeaveNothingAndFlatWindowsAreExactlyFlat) {
  const test::DriftSeries series = test::drift_series(60000, true);
  const std::vector<double> inputs[] = {series.x, series.y};
  ASSERT_NO_FATAL_FAILURE(expect_near_oracle(inputs, 20, 20, 0, 1e-9, 1, true));
  ASSERT_NO_FATAL_FAILURE(expect_near_oracle(inputs, 500, 500, 0, 1e-9, 17, true));
}

TEST(RollingDrift, AWindowAfterASpikeHasTheBitsOfOneThatNeverSawIt) {
  // The same flips need the same count of ticks, so only the value differs.
  for (const std::int64_t window : {5, 20, 100}) {
    RollingStd clean(window);
    RollingStd spiked(window);
    const std::vector<double> base = test::nasty_series(9, 600, false);
    for (std::size_t i = 0; i < base.size(); ++i) {
      double a = 0;
      double b = 0;
      const double spike = i == 250 ? 1e200 : base[i];
      clean.update({&base[i], 1}, {&a, 1});
      spiked.update({&spike, 1}, {&b, 1});
      if (i >= 250 + static_cast<std::size_t>(window)) {
        ASSERT_LE(std::fabs(a - b), 1e-12 * std::fabs(a)) << i;
      }
      if (i >= 250 + 2 * static_cast<std::size_t>(window)) {
        ASSERT_EQ(test::bits(a), test::bits(b)) << i;
      }
    }
  }
}

class RollingStabilityFile : public testing::TestWithParam<std::string> {};

TEST_P(RollingStabilityFile, AgreesWithTheExactValuesOfOneMillionSteps) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "the shared data folder is not there";
  const test::CsvTable table(*shared / "data/reference/stability" / (GetParam() + ".csv.gz"));
  ASSERT_EQ(table.row_count(), 1000u);
  const test::DriftSeries series = test::drift_series(1000000, GetParam() == "spike_flat");
  for (const std::int64_t window : {20, 500}) {
    const std::string suffix = std::string("_").append(std::to_string(window));
    RollingMean mean(window);
    RollingStd x_std(window);
    RollingStd y_std(window);
    RollingCorr correlation(window);
    EMA ema(20);
    std::size_t row = 0;
    std::size_t flat_count = 0;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const double pair[] = {series.x[i], series.y[i]};
      double got_mean = 0;
      double got_x_std = 0;
      double got_y_std = 0;
      double got_corr = 0;
      double got_ema = 0;
      mean.update({pair, 1}, {&got_mean, 1});
      x_std.update({pair, 1}, {&got_x_std, 1});
      y_std.update({pair + 1, 1}, {&got_y_std, 1});
      correlation.update(pair, {&got_corr, 1});
      ema.update({pair, 1}, {&got_ema, 1});
      if (row == table.row_count() || table.index(row, "i") != i) continue;
      ASSERT_EQ(table.number(row, "x"), pair[0]) << "the generator differs at " << i;
      ASSERT_EQ(table.number(row, "y"), pair[1]);
      const double expected_std = table.number(row, "std_x" + suffix);
      ASSERT_NEAR(got_mean, table.number(row, "mean_x" + suffix), 1e-13 * 1e9);
      ASSERT_NEAR(got_x_std, expected_std, 1e-9 * expected_std) << i;
      ASSERT_NEAR(got_y_std, table.number(row, "std_y" + suffix), 1e-9 * got_y_std) << i;
      if (expected_std == 0) {
        ++flat_count;
        ASSERT_EQ(got_x_std, 0);
        ASSERT_EQ(got_mean, pair[0]);
      }
      const double expected_corr = table.number(row, "corr_xy" + suffix);
      ASSERT_EQ(std::isnan(got_corr), std::isnan(expected_corr)) << i;
      if (!std::isnan(expected_corr)) {
        ASSERT_NEAR(got_corr, expected_corr, 1e-9 * std::fabs(expected_corr)) << i;
      }
      ASSERT_NEAR(got_ema, table.number(row, "ema20_x"), 1e-12 * 1e9);
      ++row;
    }
    EXPECT_EQ(row, table.row_count());
    EXPECT_EQ(flat_count, GetParam() == "spike_flat" ? 100u : 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, RollingStabilityFile, testing::Values("walk", "spike_flat"),
                         [](const auto& test) { return test.param; });

TEST(BollingerBands, TakesMeanAndDeviationFromTheSameBits) {
  const std::vector<double> inputs[] = {test::nasty_series(5, 2000)};
  BollingerBands bands(20, 2);
  RollingMean mean(20);
  RollingStd deviation(20);
  for (std::size_t i = 0; i < inputs[0].size(); ++i) {
    const std::vector<double> got = test::update(bands, inputs, i);
    const double middle = test::update(mean, inputs, i)[0];
    const double width = 2.0 * test::update(deviation, inputs, i)[0];
    ASSERT_EQ(test::bits(got[1]), test::bits(middle));
    if (std::isnan(middle)) {
      for (const double value : got) ASSERT_EQ(test::bits(value), test::kMissingBits);
      continue;
    }
    ASSERT_EQ(got[0], middle + width);
    ASSERT_EQ(got[2], middle - width);
    if (width == 0) {
      ASSERT_EQ(test::bits(got[4]), test::kMissingBits);
    } else {
      ASSERT_EQ(got[4], (inputs[0][i] - got[2]) / (got[0] - got[2]));
    }
  }
}

TEST(RollingMean, OfAFlatSeriesIsExactlyItsValue) {
  for (const std::int64_t window : {3, 7, 10, 49, 100}) {
    RollingMean mean(window);
    const double x = 0.1;
    double got = 0;
    for (int i = 0; i < 500; ++i) {
      mean.update({&x, 1}, {&got, 1});
      if (i >= window) {
        ASSERT_EQ(got, x);
      }
    }
  }
}

}  // namespace
}  // namespace factorwal
