#pragma once
/// \file
/// Operators that compare with d ticks ago. A missing tick counts as a tick: "5 ago" is five slots
/// back, and missing if that slot is. Lags are 1 to kWindowMax; state is 8 bytes a slot.

#include <cstdint>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"

namespace factorwal {
namespace detail {

/// The last d values, missing ones as kMissing.
class FACTORWAL_EXPORT LagRing {
 public:
  explicit LagRing(std::int64_t lag) : values_(static_cast<std::size_t>(lag), kMissing) {}
  /// Puts x in and returns the value of d pushes ago.
  double exchange(double x) noexcept;
  void visit_state(StateVisitor& visitor) {
    visitor.visit(next_);
    visitor.visit(std::span<double>(values_));
  }
  [[nodiscard]] bool state_is_sound() const noexcept { return next_ < values_.size(); }
  [[nodiscard]] std::int64_t lag() const noexcept {
    return static_cast<std::int64_t>(values_.size());
  }

 private:
  std::uint64_t next_ = 0;
  std::vector<double> values_;
};

}  // namespace detail

/// The input of d ticks ago: `delay`. Source: alpha101. First value: tick d + 1.
class FACTORWAL_EXPORT Delay final : public IncrementalOperator {
 public:
  explicit Delay(std::int64_t lag);
  static Status validate(std::int64_t lag);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { ring_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return static_cast<std::uint64_t>(ring_.lag());
  }
  [[nodiscard]] bool state_is_sound() const override { return ring_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  detail::LagRing ring_;
};

/// The input less that of d ticks ago: `delta`, `mom`. Source: alpha101, TA-Lib MOM. First value:
/// tick d + 1.
class FACTORWAL_EXPORT Delta final : public IncrementalOperator {
 public:
  explicit Delta(std::int64_t lag);
  static Status validate(std::int64_t lag);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { ring_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return static_cast<std::uint64_t>(ring_.lag());
  }
  [[nodiscard]] bool state_is_sound() const override { return ring_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  detail::LagRing ring_;
};

/// log(x / x of d ticks ago), natural; missing unless both are above zero: `log_return`. First
/// value: tick d + 1.
class FACTORWAL_EXPORT LogReturn final : public IncrementalOperator {
 public:
  explicit LogReturn(std::int64_t lag = 1);
  static Status validate(std::int64_t lag = 1);
  [[nodiscard]] std::string identity() const override;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { ring_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return static_cast<std::uint64_t>(ring_.lag());
  }
  [[nodiscard]] bool state_is_sound() const override { return ring_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  detail::LagRing ring_;
};

/// The open interest less that of the tick before: `oi_delta`. First value: tick 2.
class FACTORWAL_EXPORT OiDelta final : public IncrementalOperator {
 public:
  OiDelta() : ring_(1) {}
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::vector<std::string> default_inputs() const override {
    return {"open_interest"};
  }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor& visitor) override { ring_.visit_state(visitor); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return static_cast<std::uint64_t>(ring_.lag());
  }
  [[nodiscard]] bool state_is_sound() const override { return ring_.state_is_sound(); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;

 private:
  detail::LagRing ring_;
};

}  // namespace factorwal
