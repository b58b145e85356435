#pragma once
/// \file
/// Operators of one tick's best quotes. No state; missing where an input is.

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/operators/missing.h"

namespace factorwal {

/// (bid + ask) / 2. First value: tick 1.
class FACTORWAL_EXPORT Mid final : public IncrementalOperator {
 public:
  [[nodiscard]] std::string identity() const override { return "mid()#1"; }
  [[nodiscard]] std::vector<std::string> default_inputs() const override { return {"bid", "ask"}; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor&) override {}
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;
};

/// ask - bid. First value: tick 1.
class FACTORWAL_EXPORT Spread final : public IncrementalOperator {
 public:
  [[nodiscard]] std::string identity() const override { return "spread()#1"; }
  [[nodiscard]] std::vector<std::string> default_inputs() const override { return {"bid", "ask"}; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor&) override {}
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;
};

/// (bid volume - ask volume) / (bid volume + ask volume); missing where both are 0. First value:
/// tick 1.
class FACTORWAL_EXPORT QueueImbalance final : public IncrementalOperator {
 public:
  [[nodiscard]] std::string identity() const override { return "queue_imbalance()#1"; }
  [[nodiscard]] std::vector<std::string> default_inputs() const override {
    return {"bid_volume", "ask_volume"};
  }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override;
  void visit_state(StateVisitor&) override {}
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override;
};

}  // namespace factorwal
