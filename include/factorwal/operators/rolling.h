#pragma once
/// \file
/// Operators over the last `d` ticks.
///
/// The window is d slots; a missing input takes one. A value needs `minp` present inputs in it
/// (default d), and may appear although the tick's own input is missing if minp allows. All are
/// O(1) amortised and forget aged inputs wholly (operators/sliding_window.h). Windows are 1 to
/// kWindowMax.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"
#include "factorwal/operators/sliding_window.h"
#include "factorwal/operators/window_sums.h"

namespace factorwal {

/// The mean of the window: `ts_mean`, `sma`. Source: pandas `rolling(d).mean()`, TA-Lib SMA.
/// First value: tick d. Error at most 1e-13 of the window's largest magnitude; a flat window gives
/// exactly its value. State: 20 bytes a slot.
class FACTORWAL_EXPORT RollingMean final : public IncrementalOperator {
 public:
  explicit RollingMean(std::int64_t window, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { sums_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return sums_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return sums_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t minp_;
  detail::SlidingWindow<detail::MeanSums> sums_;
};

/// The standard deviation of the window, sqrt(M2 / (n - ddof)), n the present inputs: `ts_std`.
/// Source: pandas `rolling(d).std()` (ddof 1), TA-Lib STDDEV (ddof 0). The seed's class has ddof 0;
/// the language's `ts_std` has ddof 1. First value: tick d; missing while n <= ddof. A flat window
/// gives exactly 0. State: 28 bytes a slot.
class FACTORWAL_EXPORT RollingStd final : public IncrementalOperator {
 public:
  explicit RollingStd(std::int64_t window, std::int64_t ddof = 0, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t ddof = 0,
                         std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { sums_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return sums_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return sums_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t ddof_;
  std::uint32_t minp_;
  detail::SlidingWindow<detail::MomentSums> sums_;
};

/// Pearson's correlation of two inputs over the window, within [-1, 1]: `ts_corr`. A slot counts as
/// present when both inputs are. Missing where either is flat (TA-Lib's CORREL gives 0 there).
/// Source: pandas `rolling(d).corr()`. First value: tick d (d >= 2). State: 44 bytes a slot.
class FACTORWAL_EXPORT RollingCorr final : public IncrementalOperator {
 public:
  explicit RollingCorr(std::int64_t window, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::vector<std::string> default_inputs() const override {
    return {"close", "volume"};
  }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { sums_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return sums_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return sums_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t minp_;
  detail::SlidingWindow<detail::PairSums> sums_;
};

/// The sum of the window's present inputs: `ts_sum`. Source: pandas, TA-Lib SUM. First value:
/// tick d. Correctly rounded but for about 1e-32 of the sum of magnitudes. State: 20 bytes a slot.
class FACTORWAL_EXPORT RollingSum final : public IncrementalOperator {
 public:
  explicit RollingSum(std::int64_t window, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { sums_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return sums_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return sums_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t minp_;
  detail::SlidingWindow<detail::TotalSums> sums_;
};

/// The smallest present input of the window: `ts_min`. Source: alpha101, TA-Lib MIN. First value:
/// tick d. State: 12 bytes a slot.
class FACTORWAL_EXPORT RollingMin final : public IncrementalOperator {
 public:
  explicit RollingMin(std::int64_t window, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { extremes_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return extremes_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return extremes_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t minp_;
  detail::SlidingWindow<detail::ExtremeSums<1>> extremes_;
};

/// The largest present input of the window: `ts_max`. Source: alpha101, TA-Lib MAX. First value:
/// tick d. State: 12 bytes a slot.
class FACTORWAL_EXPORT RollingMax final : public IncrementalOperator {
 public:
  explicit RollingMax(std::int64_t window, std::int64_t minp = kWholeWindow);
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { extremes_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return extremes_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return extremes_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  std::uint32_t minp_;
  detail::SlidingWindow<detail::ExtremeSums<-1>> extremes_;
};

/// Bollinger's bands: `bbands`. Five outputs: upper = middle + k*std, middle = mean, lower =
/// middle - k*std, bandwidth = (upper - lower) / middle, percent_b = (x - lower) / (upper - lower);
/// the last two are missing where they would divide by zero. Mean and deviation are those of
/// RollingMean and RollingStd, bit for bit. Source: TA-Lib BBANDS (ddof 0); J. Bollinger, 2001, for
/// the last two. First value: tick n. A window with a missing input gives no value. k > 0.
/// State: 28 bytes a slot.
class FACTORWAL_EXPORT BollingerBands final : public IncrementalOperator {
 public:
  explicit BollingerBands(std::int64_t window = 20, double k = 2, std::int64_t ddof = 0);
  static Status validate(std::int64_t window = 20, double k = 2, std::int64_t ddof = 0);
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::size_t output_count() const override { return 5; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { sums_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return sums_.memory();
  }
  [[nodiscard]] bool state_is_sound() const override { return sums_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  double k_;
  std::uint32_t ddof_;
  detail::SlidingWindow<detail::MomentSums> sums_;
};

}  // namespace factorwal
