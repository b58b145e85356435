#include "factorwal/factor_evaluator.h"

#include "base/floating_point_guard.h"
#include "graph/instrument_graph.h"

namespace factorwal {

FactorEvaluator::FactorEvaluator(const FactorSet& factors)
    : graph_(std::make_unique<graph::InstrumentGraph>(factors.plan())) {}
FactorEvaluator::FactorEvaluator(FactorEvaluator&&) noexcept = default;
FactorEvaluator& FactorEvaluator::operator=(FactorEvaluator&&) noexcept = default;
FactorEvaluator::~FactorEvaluator() = default;

void FactorEvaluator::evaluate(std::span<const double> fields, std::span<double> values) noexcept {
  const FloatingPointGuard guard;
  graph_->evaluate(fields, values);
}

}  // namespace factorwal
