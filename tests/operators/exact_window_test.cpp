// Windowed operators against exact arithmetic: every answer is as near to the true one as its
// declaration says (operators/window.h, operators/pair.h), for series of every kind.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "factorwal/operators.h"
#include "support/exact_reference.h"
#include "support/run_operator.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

using test::bits;
using test::kMissingBits;
using test::Real;
using test::Values;
using test::WholeSeries;
using test::WholeSums;

constexpr double kMeanUlps = 1.2;
constexpr double kNearestUlps = 0.5;
constexpr double kDeviationUlps = 1.5;
constexpr double kCorrelationUlps = 4.5;
constexpr double kBandUlps = 3.2;  // of the largest part: middle, width, a product and a sum

struct Worst {
  double mean = 0;
  double far_mean = 0;
  double total = 0;
  double deviation = 0;
  double correlation = 0;
  double band = 0;
};

struct Inputs {
  Values x;
  Values y;
};

/// The operators of one window and one minp.
struct Operators {
  Operators(std::int64_t window, std::int64_t minp)
      : least_count(minp), mean(window, minp), total(window, minp), deviation(window, 0, minp) {
    if (window == 1) return;
    sample_deviation.emplace(window, 1, minp);
    correlation.emplace(window, minp);
  }
  std::int64_t least_count;
  RollingMean mean;
  RollingSum total;
  RollingStd deviation;
  std::optional<RollingStd> sample_deviation;
  std::optional<RollingCorr> correlation;
};

double value_of(IncrementalOperator& op, std::span<const double> inputs) {
  double value = 0;
  op.update(inputs, {&value, 1});
  return value;
}

/// Walks along two series, with exact sums over a window of each and of both.
class ExactWindow {
 public:
  ExactWindow(const Inputs& inputs, std::size_t window)
      : inputs_(inputs), x_(inputs.x), y_(inputs.y), window_(window) {}

  void step() {
    const auto now = end_++;
    if (x_.present[now]) single_.add(x_.numbers[now], 0);
    if (both(now)) pair_.add(x_.numbers[now], y_.numbers[now]);
    if (now < window_) return;
    const auto old = now - window_;
    if (x_.present[old]) single_.subtract(x_.numbers[old], 0);
    if (both(old)) pair_.subtract(x_.numbers[old], y_.numbers[old]);
  }
  [[nodiscard]] std::size_t now() const { return end_ - 1; }
  [[nodiscard]] const WholeSums& single() const { return single_; }
  [[nodiscard]] const WholeSums& pair() const { return pair_; }
  [[nodiscard]] int exponent() const { return x_.exponent; }
  /// Present values of x, oldest first.
  [[nodiscard]] Values present() const {
    Values values;
    for (auto i = end_ < window_ ? 0 : end_ - window_; i < end_; ++i) {
      if (x_.present[i]) values.push_back(inputs_.x[i]);
    }
    return values;
  }

 private:
  [[nodiscard]] bool both(std::size_t i) const { return x_.present[i] && y_.present[i]; }
  const Inputs& inputs_;
  WholeSeries x_;
  WholeSeries y_;
  std::size_t window_;
  std::size_t end_ = 0;
  WholeSums single_;
  WholeSums pair_;
};

/// What the operators must say at one tick.
struct Truth {
  explicit Truth(const ExactWindow& window)
      : count(window.single().count), values(window.present()) {
    const auto& sums = window.single();
    total = {sums.x, window.exponent()};
    if (count > 0) mean = test::exact_mean(sums, window.exponent());
    if (count > 0) deviation = test::exact_deviation(sums, window.exponent(), 0);
    if (count > 1) sample_deviation = test::exact_deviation(sums, window.exponent(), 1);
    flat = sums.spread_x() == 0;
    pair_count = window.pair().count;
    pair_flat = window.pair().spread_x() == 0 || window.pair().spread_y() == 0;
    if (!pair_flat) correlation = test::exact_correlation(window.pair());
  }
  std::int64_t count;
  std::int64_t pair_count;
  Values values;
  bool flat;
  bool pair_flat;
  Real total;
  Real mean;
  Real deviation;
  Real sample_deviation;
  Real correlation;
};

bool too_large(const Real& value) {
  return test::bit_count(value.digits) + value.exponent > 997;  // 1e300 is above 2^996
}

void expect_mean(double got, const Truth& truth, Worst& worst) {
  const double error = test::ulps(got, truth.mean);
  worst.mean = std::max(worst.mean, error);
  ASSERT_LE(error, kMeanUlps) << got;
  const auto [least, most] = std::ranges::minmax(truth.values);
  ASSERT_GE(got, least);
  ASSERT_LE(got, most);
  if (truth.flat) {
    ASSERT_EQ(got, least);
  }
  const double newest = truth.values.back();
  if (std::fabs(got - newest) > 0.2501 * std::fabs(newest) && std::fabs(got) > 1e-307) {
    worst.far_mean = std::max(worst.far_mean, error);
    ASSERT_LE(error, kNearestUlps) << got;
  }
}

void expect_total(double got, const Truth& truth, Worst& worst) {
  if (too_large(truth.total) && bits(got) == kMissingBits) return;
  const double error = test::ulps(got, truth.total);
  worst.total = std::max(worst.total, error);
  ASSERT_LE(error, kNearestUlps) << got;
}

void expect_deviation(double got, const Real& expected, const Truth& truth, Worst& worst) {
  if (truth.flat) {
    ASSERT_EQ(bits(got), 0u);
    return;
  }
  if (too_large(expected) && bits(got) == kMissingBits) return;
  const double error = test::ulps(got, expected);
  worst.deviation = std::max(worst.deviation, error);
  ASSERT_LE(error, kDeviationUlps) << got;
}

void expect_correlation(double got, const Truth& truth, Worst& worst) {
  if (truth.pair_flat) {
    ASSERT_EQ(bits(got), kMissingBits);
    return;
  }
  ASSERT_LE(std::fabs(got), 1);
  const double error = test::ulps(got, truth.correlation);
  worst.correlation = std::max(worst.correlation, error);
  ASSERT_LE(error, kCorrelationUlps) << got;
}

/// One tick of one minp.
void expect_tick(Operators& operators, std::span<const double> row, const Truth& truth,
                 Worst& worst) {
  const auto x = row.first(1);
  const double mean = value_of(operators.mean, x);
  const double total = value_of(operators.total, x);
  const double deviation = value_of(operators.deviation, x);
  if (truth.count < operators.least_count) {
    for (const double got : {mean, total, deviation}) ASSERT_EQ(bits(got), kMissingBits);
  } else {
    ASSERT_NO_FATAL_FAILURE(expect_mean(mean, truth, worst));
    ASSERT_NO_FATAL_FAILURE(expect_total(total, truth, worst));
    ASSERT_NO_FATAL_FAILURE(expect_deviation(deviation, truth.deviation, truth, worst));
  }
  if (!operators.correlation) return;
  const double sample_deviation = value_of(*operators.sample_deviation, x);
  if (truth.count < std::max<std::int64_t>(2, operators.least_count)) {
    ASSERT_EQ(bits(sample_deviation), kMissingBits);
  } else {
    ASSERT_NO_FATAL_FAILURE(
        expect_deviation(sample_deviation, truth.sample_deviation, truth, worst));
  }
  const double correlation = value_of(*operators.correlation, row);
  if (truth.pair_count < operators.least_count) {
    ASSERT_EQ(bits(correlation), kMissingBits);
  } else {
    ASSERT_NO_FATAL_FAILURE(expect_correlation(correlation, truth, worst));
  }
}

void expect_bands(BollingerBands& bands, double x, std::int64_t window, const Truth& truth,
                  Worst& worst) {
  double got[5];
  bands.update({&x, 1}, got);
  if (truth.count < window) {
    for (const double value : got) ASSERT_EQ(bits(value), kMissingBits);
    return;
  }
  ASSERT_NO_FATAL_FAILURE(expect_mean(got[1], truth, worst));
  const Real width = test::product(truth.deviation, {test::Whole(2), 0});
  const Real upper = test::sum(truth.mean, width);
  if (bits(got[0]) == kMissingBits) {
    ASSERT_TRUE(too_large(upper) || too_large(width));
    return;
  }
  const int unit = std::max(
      {test::ulp_exponent(truth.mean), test::ulp_exponent(width), test::ulp_exponent(upper)});
  const double error = test::distance(got[0], upper, unit);
  worst.band = std::max(worst.band, error);
  ASSERT_LE(error, kBandUlps) << got[0];
}

void expect_exact(const Inputs& inputs, std::int64_t window, Worst& worst) {
  ExactWindow exact(inputs, static_cast<std::size_t>(window));
  std::vector<std::unique_ptr<Operators>> all;
  for (const auto minp : {std::int64_t{1}, (window + 1) / 2, window}) {
    all.push_back(std::make_unique<Operators>(window, minp));
  }
  BollingerBands bands(window, 2);
  for (std::size_t i = 0; i < inputs.x.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "window " << window << " tick " << i);
    exact.step();
    const Truth truth(exact);
    const double row[] = {inputs.x[i], inputs.y[i]};
    for (auto& operators : all) {
      ASSERT_NO_FATAL_FAILURE(expect_tick(*operators, row, truth, worst))
          << "minp " << operators->least_count;
    }
    ASSERT_NO_FATAL_FAILURE(expect_bands(bands, row[0], window, truth, worst));
  }
}

void record(const Worst& worst) {
  testing::Test::RecordProperty("mean_ulps", std::to_string(worst.mean));
  testing::Test::RecordProperty("far_mean_ulps", std::to_string(worst.far_mean));
  testing::Test::RecordProperty("total_ulps", std::to_string(worst.total));
  testing::Test::RecordProperty("deviation_ulps", std::to_string(worst.deviation));
  testing::Test::RecordProperty("correlation_ulps", std::to_string(worst.correlation));
  testing::Test::RecordProperty("band_ulps", std::to_string(worst.band));
}

/// A window of the largest size, full of numbers that take all the room that a tier has.
void expect_largest_window(const Values& values) {
  constexpr std::int64_t kWindow = kWindowMax;
  Operators operators(kWindow, 1);
  const Values turned(values.rbegin(), values.rend());
  WholeSums sums;
  const WholeSeries x(values);
  const WholeSeries y(turned);
  double mean = 0;
  double total = 0;
  double deviation = 0;
  double correlation = 0;
  const auto count = static_cast<std::size_t>(kWindow) + values.size() / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const auto now = i % values.size();
    const double row[] = {values[now], turned[now]};
    mean = value_of(operators.mean, {row, 1});
    total = value_of(operators.total, {row, 1});
    deviation = value_of(operators.deviation, {row, 1});
    correlation = value_of(*operators.correlation, row);
    if (i + static_cast<std::size_t>(kWindow) >= count) sums.add(x.numbers[now], y.numbers[now]);
  }
  ASSERT_EQ(sums.count, kWindow);
  EXPECT_LE(test::ulps(mean, test::exact_mean(sums, x.exponent)), kMeanUlps);
  EXPECT_LE(test::ulps(total, {sums.x, x.exponent}), kNearestUlps);
  EXPECT_LE(test::ulps(deviation, test::exact_deviation(sums, x.exponent, 0)), kDeviationUlps);
  EXPECT_LE(test::ulps(correlation, test::exact_correlation(sums)), kCorrelationUlps);
}

/// Extremes of so many bits, and some numbers between them that use the last of these bits.
Values extremes(int bits, bool one_sided) {
  const double most = std::ldexp(1, bits - 1) - std::max(1.0, std::ldexp(1, bits - 54));
  Values values;
  test::Random random(static_cast<std::uint64_t>(bits));
  for (int i = 0; i < 1000; ++i) {
    const double between = std::floor(std::ldexp(random.unit(), std::min(bits - 2, 53)));
    values.push_back(i % 50 == 0 ? between : one_sided || i % 3 == 0 ? most : -most);
  }
  return values;
}

// Numbers of 42 bits and a sign are the narrow tier's with a million slots, 96 bits the wide one's.
// (The unbounded tier takes as long as the window is for each answer.)
TEST(ExactWindow, OfAMillionSlotsOverflowsNowhere) {
  for (const int bits : {41, 43, 44, 96}) {
    for (const bool one_sided : {false, true}) {
      SCOPED_TRACE(testing::Message() << bits << " bits" << (one_sided ? ", one-sided" : ""));
      ASSERT_NO_FATAL_FAILURE(expect_largest_window(extremes(bits, one_sided)));
    }
  }
}

/// Index of the kind in kSeriesKinds.
class ExactWindowOf : public testing::TestWithParam<std::size_t> {
 protected:
  void expect_exact_windows(const Inputs& inputs) {
    Worst worst;
    for (const std::int64_t window : {1, 2, 3, 7, 20, 64, 333}) {
      ASSERT_NO_FATAL_FAILURE(expect_exact(inputs, window, worst));
    }
    record(worst);
  }
};

constexpr std::size_t kTicks = 1000;

TEST_P(ExactWindowOf, IsAsNearToTheTruthAsDeclared) {
  const auto kind = GetParam();
  Inputs inputs;
  inputs.x = test::make_series(test::kSeriesKinds[kind], 1 + kind, kTicks);
  inputs.y = test::follower_of(inputs.x, 50 + kind);
  expect_exact_windows(inputs);
}

// The other series is of another kind, and each has gaps of its own: slots with one value of two.
TEST_P(ExactWindowOf, IsAsNearWithGapsAndAnotherKindBesideIt) {
  const auto kind = GetParam();
  Inputs inputs;
  inputs.x = test::make_series(test::kSeriesKinds[kind], 100 + kind, kTicks);
  const auto other = (kind * 5 + 3) % std::size(test::kSeriesKinds);
  inputs.y = test::make_series(test::kSeriesKinds[other], 200 + kind, kTicks);
  test::add_gaps(inputs.x, 300 + kind);
  test::add_gaps(inputs.y, 400 + kind);
  expect_exact_windows(inputs);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ExactWindowOf,
                         testing::Range(std::size_t{0}, std::size(test::kSeriesKinds)),
                         [](const auto& test) { return test::kSeriesKinds[test.param].name; });

}  // namespace
}  // namespace factorwal
