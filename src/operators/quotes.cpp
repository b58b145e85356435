#include "factorwal/operators/quotes.h"

namespace factorwal {

std::unique_ptr<IncrementalOperator> Mid::clone_fresh() const { return std::make_unique<Mid>(); }

void Mid::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  outputs[0] =
      finite_or_missing((present_or_missing(inputs[0]) + present_or_missing(inputs[1])) * 0.5);
}

std::unique_ptr<IncrementalOperator> Spread::clone_fresh() const {
  return std::make_unique<Spread>();
}

void Spread::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  outputs[0] = finite_or_missing(present_or_missing(inputs[1]) - present_or_missing(inputs[0]));
}

std::unique_ptr<IncrementalOperator> QueueImbalance::clone_fresh() const {
  return std::make_unique<QueueImbalance>();
}

void QueueImbalance::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  const double bid_volume = present_or_missing(inputs[0]);
  const double ask_volume = present_or_missing(inputs[1]);
  outputs[0] = finite_or_missing((bid_volume - ask_volume) / (bid_volume + ask_volume));
}

}  // namespace factorwal
