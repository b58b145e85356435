#pragma once
/// The elementwise operations: the same when a constant is folded as when a tick is computed.

#include "factorwal/operators/missing.h"
#include "graph/plan_builder.h"

namespace factorwal::graph {

/// Missing in, missing out; x / 0 and whatever is not finite, or 1e300 and more, is missing. `b` is
/// ignored by kNegate.
[[nodiscard]] inline double compute(Arithmetic operation, double a, double b) noexcept {
  switch (operation) {
    case Arithmetic::kAdd: return present_or_missing(a + b);
    case Arithmetic::kSubtract: return present_or_missing(a - b);
    case Arithmetic::kMultiply: return present_or_missing(a * b);
    case Arithmetic::kDivide: return present_or_missing(a / b);
    case Arithmetic::kNegate: return present_or_missing(-a);
  }
  return kMissing;
}

}  // namespace factorwal::graph
