#pragma once
/// The elementwise operations: the same when a constant is folded as when a tick is computed.

#include "factorwal/operators/missing.h"
#include "graph/plan.h"

namespace factorwal::graph {

/// Missing in, missing out; x / 0 and whatever is not finite is missing. `b` is ignored by kNegate.
/// Requires: not kOperator.
[[nodiscard]] inline double compute(Opcode opcode, double a, double b) noexcept {
  switch (opcode) {
    case Opcode::kAdd: return finite_or_missing(a + b);
    case Opcode::kSubtract: return finite_or_missing(a - b);
    case Opcode::kMultiply: return finite_or_missing(a * b);
    case Opcode::kDivide: return finite_or_missing(a / b);
    case Opcode::kNegate: return finite_or_missing(-a);
    case Opcode::kOperator: break;
  }
  return kMissing;
}

}  // namespace factorwal::graph
