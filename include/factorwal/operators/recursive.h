#pragma once
/// \file
/// Operators that carry one smoothed value along: TA-Lib's definitions and seeds.
///
/// A tick with a missing input is skipped: the state stays as it is, every output is missing.
/// O(1) per tick, a few numbers of state.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"
#include "factorwal/operators/window_sums.h"

namespace factorwal {
namespace detail {

/// The mean of the first n values, then value += gain * (x - value).
class FACTORWAL_EXPORT SeededSmoother {
 public:
  SeededSmoother(std::int64_t seed_count, double gain)
      : seed_count_(static_cast<std::uint32_t>(seed_count)), gain_(gain) {}
  /// Requires: x is present. Whether there is a value now.
  bool push(double x) noexcept;
  [[nodiscard]] double value() const noexcept { return value_; }
  void visit_state(StateVisitor& visitor) {
    seed_.visit(visitor);
    visitor.visit(value_);
  }
  [[nodiscard]] bool state_is_sound() const noexcept { return seed_.count <= seed_count_; }

 private:
  std::uint32_t seed_count_;
  double gain_;
  MeanSums seed_;
  double value_ = 0;
};

/// The mean of the first n values, then value = (value * (n - 1) + x) / n.
class FACTORWAL_EXPORT WilderSmoother {
 public:
  explicit WilderSmoother(std::int64_t window) : window_(static_cast<std::uint32_t>(window)) {}
  bool push(double x) noexcept;
  [[nodiscard]] double value() const noexcept { return value_; }
  void visit_state(StateVisitor& visitor) {
    seed_.visit(visitor);
    visitor.visit(value_);
  }
  [[nodiscard]] bool state_is_sound() const noexcept { return seed_.count <= window_; }

 private:
  std::uint32_t window_;
  MeanSums seed_;
  double value_ = 0;
};

}  // namespace detail

/// Exponential moving average: the mean of the first n inputs, then e += 2/(n+1) * (x - e).
/// Source: TA-Lib EMA. First value: tick n. n from 1.
class FACTORWAL_EXPORT EMA final : public IncrementalOperator {
 public:
  explicit EMA(std::int64_t window);
  static Status validate(std::int64_t window);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { average_.visit_state(visitor); }
  [[nodiscard]] bool state_is_sound() const override { return average_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::int64_t window_;
  detail::SeededSmoother average_;
};

/// Double exponential moving average: 2*E1 - E2, E1 = EMA(x), E2 = EMA(E1), each seeded with the
/// mean of its first n inputs. Source: Mulloy 1994, TA-Lib DEMA. First value: tick 2n - 1. n
/// from 1.
class FACTORWAL_EXPORT DEMA final : public IncrementalOperator {
 public:
  explicit DEMA(std::int64_t window);
  static Status validate(std::int64_t window);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override;
  [[nodiscard]] bool state_is_sound() const override;
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::int64_t window_;
  detail::SeededSmoother first_;
  detail::SeededSmoother second_;
};

/// Relative strength index: 100 g / (g + l), g and l Wilder's averages of gains and losses (the
/// mean of the first n changes, then (g*(n-1) + gain) / n); `flat` where g + l is 0. Changes are
/// from the last present input. Source: Wilder 1978, TA-Lib RSI. First value: tick n + 1. n from 2.
class FACTORWAL_EXPORT RSI final : public IncrementalOperator {
 public:
  explicit RSI(std::int64_t window = 14, double flat = 0);
  static Status validate(std::int64_t window = 14, double flat = 0);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override;
  [[nodiscard]] bool state_is_sound() const override;
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::int64_t window_;
  double flat_;
  bool has_previous_ = false;
  double previous_ = 0;
  detail::WilderSmoother gain_;
  detail::WilderSmoother loss_;
};

/// Moving average convergence/divergence. Three outputs: line = EMA(fast) - EMA(slow), signal =
/// EMA of the line, hist = line - signal. As in TA-Lib both averages start together: the fast one
/// is seeded with the mean of inputs slow-fast+1 to slow. Source: Appel, TA-Lib MACD. First value
/// of all three: tick slow + signal - 1. Requires 1 <= fast < slow, signal >= 1.
class FACTORWAL_EXPORT MACD final : public IncrementalOperator {
 public:
  explicit MACD(std::int64_t fast = 12, std::int64_t slow = 26, std::int64_t signal = 9);
  static Status validate(std::int64_t fast = 12, std::int64_t slow = 26, std::int64_t signal = 9);
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::size_t output_count() const override { return 3; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override;
  [[nodiscard]] bool state_is_sound() const override;
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::int64_t fast_window_;
  std::int64_t slow_window_;
  std::int64_t signal_window_;
  std::int64_t skipped_count_ = 0;  // inputs before the fast average starts
  detail::SeededSmoother fast_;
  detail::SeededSmoother slow_;
  detail::SeededSmoother signal_;
};

/// Average true range of high, low, close: Wilder's average of
/// TR = max(high - low, |high - previous close|, |low - previous close|); the seed is the mean of
/// the first n. A tick with any of the three missing is skipped; the previous close is that of the
/// last complete tick. Source: Wilder 1978, TA-Lib ATR. First value: tick n + 1. n from 1.
class FACTORWAL_EXPORT ATR final : public IncrementalOperator {
 public:
  explicit ATR(std::int64_t window = 14);
  static Status validate(std::int64_t window = 14);
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::vector<std::string> default_inputs() const override {
    return {"high", "low", "close"};
  }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override;
  [[nodiscard]] bool state_is_sound() const override;
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::int64_t window_;
  bool has_previous_ = false;
  double previous_close_ = 0;
  detail::WilderSmoother average_;
};

}  // namespace factorwal
