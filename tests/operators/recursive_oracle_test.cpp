// Recursive and lag operators against a recomputation from the whole history, in long double, by
// the definitions in their headers.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <optional>

#include "factorwal/operators.h"
#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

using Series = std::vector<std::optional<long double>>;

bool present(double x) { return std::fabs(x) < 1e300; }

/// The present values, in order.
std::vector<long double> compact(const Series& series) {
  std::vector<long double> values;
  for (const auto& value : series) {
    if (value) values.push_back(*value);
  }
  return values;
}

/// EMA by its definition, over values without gaps. `first` values are passed over.
Series ema_of(const std::vector<long double>& values, std::size_t n, std::size_t first = 0) {
  Series out(values.size());
  long double ema = 0;
  for (std::size_t i = first + n - 1; i < values.size(); ++i) {
    if (i == first + n - 1) {
      for (std::size_t j = first; j <= i; ++j) ema += values[j];
      ema /= static_cast<long double>(n);
    } else {
      ema += (2.0L / (static_cast<long double>(n) + 1)) * (values[i] - ema);
    }
    out[i] = ema;
  }
  return out;
}

Series wilder_of(const std::vector<long double>& values, std::size_t n) {
  Series out(values.size());
  long double average = 0;
  const auto length = static_cast<long double>(n);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i < n) {
      average += values[i] / length;
    } else {
      average = (average * (length - 1) + values[i]) / length;
    }
    if (i + 1 >= n) out[i] = average;
  }
  return out;
}

/// Checks an operator's output at the ticks with present input against `expected` (one entry per
/// such tick), and that every other tick gives the canonical missing value.
void expect_series(const std::vector<double>& got, const std::vector<bool>& usable,
                   const Series& expected, long double tolerance) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::optional<long double> want =
        usable[i] ? expected.at(next++) : std::optional<long double>();
    if (!want) {
      ASSERT_EQ(test::bits(got[i]), test::kMissingBits) << i;
    } else {
      ASSERT_LE(std::fabs(got[i] - *want), tolerance) << i;
    }
  }
}

class RecursiveOracle : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    x_ = {test::nasty_series(GetParam(), 2000)};
    for (double& value : x_[0]) {
      if (value == 1e12) value = 4321;  // spikes stay in an EMA; they would only hide its errors
      usable_.push_back(present(value));
      if (present(value)) values_.push_back(value);
    }
  }
  std::vector<std::vector<double>> x_;
  std::vector<bool> usable_;
  std::vector<long double> values_;
};

TEST_P(RecursiveOracle, EmaSkipsMissingTicks) {
  for (const std::size_t n : {1u, 2u, 12u, 50u}) {
    EMA ema(static_cast<std::int64_t>(n));
    ASSERT_NO_FATAL_FAILURE(expect_series(test::run(ema, x_), usable_, ema_of(values_, n), 1e-10L));
  }
}

TEST_P(RecursiveOracle, DemaSeedsBothAveragesWithMeans) {
  for (const std::size_t n : {1u, 5u, 20u}) {
    DEMA dema(static_cast<std::int64_t>(n));
    const Series first = ema_of(values_, n);
    const Series second = ema_of(compact(first), n);
    Series expected(values_.size());
    for (std::size_t i = n - 1; i < values_.size(); ++i) {
      const auto& e2 = second[i - (n - 1)];
      if (e2) expected[i] = 2 * *first[i] - *e2;
    }
    ASSERT_NO_FATAL_FAILURE(expect_series(test::run(dema, x_), usable_, expected, 1e-10L));
  }
}

TEST_P(RecursiveOracle, MacdStartsBothAveragesTogether) {
  constexpr std::size_t kFast = 12;
  constexpr std::size_t kSlow = 26;
  constexpr std::size_t kSignal = 9;
  const Series fast = ema_of(values_, kFast, kSlow - kFast);
  const Series slow = ema_of(values_, kSlow);
  std::vector<long double> line;
  for (std::size_t i = kSlow - 1; i < values_.size(); ++i) line.push_back(*fast[i] - *slow[i]);
  const Series signal = ema_of(line, kSignal);
  Series expected[3] = {Series(values_.size()), Series(values_.size()), Series(values_.size())};
  for (std::size_t i = kSlow - 1; i < values_.size(); ++i) {
    const std::size_t j = i - (kSlow - 1);
    if (!signal[j]) continue;
    expected[0][i] = line[j];
    expected[1][i] = *signal[j];
    expected[2][i] = line[j] - *signal[j];
  }
  MACD macd(12, 26, 9);
  std::vector<double> got[3];
  for (std::size_t i = 0; i < x_[0].size(); ++i) {
    const std::vector<double> outputs = test::update(macd, x_, i);
    for (std::size_t k = 0; k < 3; ++k) got[k].push_back(outputs[k]);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    ASSERT_NO_FATAL_FAILURE(expect_series(got[k], usable_, expected[k], 1e-10L));
  }
  EXPECT_FALSE(expected[0][32]);
  EXPECT_TRUE(expected[0][33]);
}

TEST_P(RecursiveOracle, RsiIsWildersAndFlatWhereNothingMoves) {
  for (const std::size_t n : {2u, 14u}) {
    std::vector<long double> gains;
    std::vector<long double> losses;
    for (std::size_t i = 1; i < values_.size(); ++i) {
      const long double change = values_[i] - values_[i - 1];
      gains.push_back(change > 0 ? change : 0);
      losses.push_back(change < 0 ? -change : 0);
    }
    const Series gain = wilder_of(gains, n);
    const Series loss = wilder_of(losses, n);
    Series expected(values_.size());
    for (std::size_t i = 1; i < values_.size(); ++i) {
      if (!gain[i - 1]) continue;
      const long double both = *gain[i - 1] + *loss[i - 1];
      expected[i] = both == 0 ? 0 : 100 * *gain[i - 1] / both;
    }
    RSI rsi(static_cast<std::int64_t>(n));
    ASSERT_NO_FATAL_FAILURE(expect_series(test::run(rsi, x_), usable_, expected, 1e-9L));
  }
}

TEST_P(RecursiveOracle, AtrSkipsATickWithAnyPriceMissing) {
  const std::vector<double> close = x_[0];
  std::vector<std::vector<double>> bars = {close, test::nasty_series(GetParam() + 77, 2000), close};
  for (std::size_t i = 0; i < close.size(); ++i) {
    const double width = std::fmod(std::fabs(bars[1][i]), 3.0);
    bars[0][i] = close[i] + width;  // NaN where either is
    bars[1][i] = close[i] - 0.5;
  }
  std::vector<bool> usable;
  std::vector<long double> ranges;
  std::optional<long double> previous;
  std::size_t usable_count = 0;
  for (std::size_t i = 0; i < close.size(); ++i) {
    usable.push_back(present(bars[0][i]) && present(bars[1][i]) && present(bars[2][i]));
    if (!usable[i]) continue;
    ++usable_count;
    const long double high = bars[0][i];
    const long double low = bars[1][i];
    if (previous) {
      ranges.push_back(
          std::max({high - low, std::fabs(high - *previous), std::fabs(low - *previous)}));
    }
    previous = bars[2][i];
  }
  const Series average = wilder_of(ranges, 14);
  Series expected(usable_count);
  for (std::size_t i = 1; i < usable_count; ++i) expected[i] = average[i - 1];
  ATR atr(14);
  ASSERT_NO_FATAL_FAILURE(expect_series(test::run(atr, bars), usable, expected, 1e-9L));
}

/// Wilder's sum: the first n - 1 values added up, from the n-th on n-th parts replaced.
Series wilder_sum_of(const std::vector<long double>& values, std::size_t n) {
  Series out(values.size());
  long double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 >= n) sum -= sum / static_cast<long double>(n);
    sum += values[i];
    if (i + 1 >= n) out[i] = sum;
  }
  return out;
}

TEST_P(RecursiveOracle, DmiIsWildersAndSkipsATickWithAnyPriceMissing) {
  const auto low = test::nasty_series(GetParam() + 55, 2000);
  const std::vector<double> close = x_[0];
  std::vector<std::vector<double>> bars = {close, close, close};
  std::vector<bool> usable;
  std::vector<std::array<long double, 3>> whole_bars;
  for (std::size_t i = 0; i < close.size(); ++i) {
    bars[0][i] = close[i] + 0.25 * static_cast<double>(i % 5);
    bars[1][i] = close[i] - std::fmod(std::fabs(low[i]), 2.0);  // NaN where either is
    usable.push_back(present(bars[0][i]) && present(bars[1][i]) && present(bars[2][i]));
    if (usable[i]) whole_bars.push_back({bars[0][i], bars[1][i], bars[2][i]});
  }
  std::vector<long double> rises;
  std::vector<long double> falls;
  std::vector<long double> ranges;
  for (std::size_t i = 1; i < whole_bars.size(); ++i) {
    const auto [high, low_now, close_now] = whole_bars[i];
    const auto [high_before, low_before, close_before] = whole_bars[i - 1];
    const long double rise = high - high_before;
    const long double fall = low_before - low_now;
    rises.push_back(rise > fall && rise > 0 ? rise : 0);
    falls.push_back(fall > rise && fall > 0 ? fall : 0);
    ranges.push_back(std::max(high, close_before) - std::min(low_now, close_before));
  }
  for (const std::size_t n : {2u, 14u}) {
    const Series plus = wilder_sum_of(rises, n);
    const Series minus = wilder_sum_of(falls, n);
    const Series range = wilder_sum_of(ranges, n);
    Series expected[2] = {Series(whole_bars.size()), Series(whole_bars.size())};
    for (std::size_t i = n; i < whole_bars.size(); ++i) {
      expected[0][i] = 100 * *plus[i - 1] / *range[i - 1];
      expected[1][i] = 100 * *minus[i - 1] / *range[i - 1];
    }
    const auto call =
        operators::make_call(*operators::find_kind("dmi"), std::array{static_cast<double>(n)});
    const auto dmi = test::operator_of(call.value());
    std::vector<double> got[2];
    for (std::size_t i = 0; i < close.size(); ++i) {
      const std::vector<double> outputs = test::update(*dmi, bars, i);
      for (std::size_t k = 0; k < 2; ++k) got[k].push_back(outputs[k]);
    }
    for (std::size_t k = 0; k < 2; ++k) {
      ASSERT_NO_FATAL_FAILURE(expect_series(got[k], usable, expected[k], 1e-9L)) << n;
    }
  }
}

TEST_P(RecursiveOracle, LagsCountMissingTicksAsTicks) {
  const std::vector<double>& x = x_[0];
  for (const std::size_t d : {1u, 2u, 10u}) {
    const auto lag = static_cast<std::int64_t>(d);
    Delay delay(lag);
    Delta delta(lag);
    LogReturn log_return(lag);
    const auto delays = test::run(delay, x_);
    const auto deltas = test::run(delta, x_);
    const auto returns = test::run(log_return, x_);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool has_old = i >= d && present(x[i - d]);
      if (has_old) {
        ASSERT_EQ(delays[i], x[i - d]);
      } else {
        ASSERT_EQ(test::bits(delays[i]), test::kMissingBits);
      }
      if (has_old && present(x[i])) {
        ASSERT_EQ(deltas[i], x[i] - x[i - d]);
      } else {
        ASSERT_EQ(test::bits(deltas[i]), test::kMissingBits);
      }
      if (has_old && present(x[i]) && x[i] > 0 && x[i - d] > 0) {
        ASSERT_NEAR(returns[i],
                    static_cast<double>(std::log(static_cast<long double>(x[i]) /
                                                 static_cast<long double>(x[i - d]))),
                    3e-16 * (1 + std::fabs(returns[i])));
      } else {
        ASSERT_EQ(test::bits(returns[i]), test::kMissingBits);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RecursiveOracle, testing::Values(11, 12, 13));

TEST(Rsi, OfAFlatSeriesIsTheFlatParameter) {
  RSI zero(3);
  RSI fifty(3, 50);
  RSI missing(3, std::nan(""));
  const double x = 7;
  double a = 1;
  double b = 1;
  double c = 1;
  for (int i = 0; i < 4; ++i) {
    zero.update({&x, 1}, {&a, 1});
    fifty.update({&x, 1}, {&b, 1});
    missing.update({&x, 1}, {&c, 1});
  }
  EXPECT_EQ(a, 0);
  EXPECT_EQ(b, 50);
  EXPECT_EQ(test::bits(c), test::kMissingBits);
}

TEST(Dmi, OfAFlatSeriesIsZeroFromTheTickAfterN) {
  const auto call = operators::make_call(*operators::find_kind("dmi"), std::array{3.0});
  const auto dmi = test::operator_of(call.value());
  const std::vector<std::vector<double>> bars(3, std::vector<double>(5, 7.0));
  for (std::size_t i = 0; i < 5; ++i) {
    for (const double value : test::update(*dmi, bars, i)) {
      if (i < 3) {
        EXPECT_EQ(test::bits(value), test::kMissingBits) << i;
      } else {
        EXPECT_EQ(test::bits(value), test::bits(0.0)) << i;
      }
    }
  }
}

TEST(Quotes, OneSidedBookHasNoMidButAnImbalance) {
  Mid mid;
  Spread spread;
  QueueImbalance imbalance;
  double out = 0;
  const double prices[] = {10, test::kNone};
  mid.update(prices, {&out, 1});
  EXPECT_EQ(test::bits(out), test::kMissingBits);
  spread.update(prices, {&out, 1});
  EXPECT_EQ(test::bits(out), test::kMissingBits);
  const double volumes[] = {5, 0};
  imbalance.update(volumes, {&out, 1});
  EXPECT_EQ(out, 1);
  const double empty[] = {0, 0};
  imbalance.update(empty, {&out, 1});
  EXPECT_EQ(test::bits(out), test::kMissingBits);
  const double both[] = {10, 10.5};
  mid.update(both, {&out, 1});
  EXPECT_EQ(out, 10.25);
  spread.update(both, {&out, 1});
  EXPECT_EQ(out, 0.5);
}

}  // namespace
}  // namespace factorwal
