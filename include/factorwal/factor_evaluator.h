#pragma once
/// \file
/// Computes a factor set without a log: for research, back-tests and figures.

#include <memory>
#include <span>

#include "factorwal/export.h"
#include "factorwal/factor_set.h"

namespace factorwal {

namespace graph {
class InstrumentGraph;  // internal
}

/// The factors of one instrument, tick by tick: the same bits as an Engine gives. Keeps nothing on
/// disk. Used by one thread at a time.
class FACTORWAL_EXPORT FactorEvaluator {
 public:
  explicit FactorEvaluator(const FactorSet& factors);
  FactorEvaluator(FactorEvaluator&&) noexcept;
  FactorEvaluator& operator=(FactorEvaluator&&) noexcept;
  ~FactorEvaluator();

  /// One tick: `fields` in the schema's order and length, `values` gets one a factor; NaN is
  /// missing in both. Does not allocate. Requires: both have the lengths of the factor set.
  void evaluate(std::span<const double> fields, std::span<double> values) noexcept;

 private:
  std::unique_ptr<graph::InstrumentGraph> graph_;
};

}  // namespace factorwal
