#pragma once
/// The elementwise operations: the same when a constant is folded as when a tick is computed.

#include <string_view>

#include "factorwal/operators/missing.h"
#include "graph/plan_builder.h"

namespace factorwal::graph {

/// As people write it; with the spaces around it.
[[nodiscard]] inline std::string_view symbol_of(Arithmetic operation) noexcept {
  switch (operation) {
    case Arithmetic::kAdd: return " + ";
    case Arithmetic::kSubtract: return " - ";
    case Arithmetic::kMultiply: return " * ";
    case Arithmetic::kDivide: return " / ";
    case Arithmetic::kNegate: return "-";
    case Arithmetic::kLess: return " < ";
    case Arithmetic::kLessEqual: return " <= ";
    case Arithmetic::kGreater: return " > ";
    case Arithmetic::kGreaterEqual: return " >= ";
    case Arithmetic::kEqual: return " == ";
    case Arithmetic::kNotEqual: return " != ";
    case Arithmetic::kAnd: return " and ";
    case Arithmetic::kOr: return " or ";
    case Arithmetic::kNot: return "not ";
  }
  return " ? ";
}

/// Of what holds, 1, else 0; missing where either side is.
[[nodiscard]] inline double compare(bool holds, double a, double b) noexcept {
  return a == a && b == b ? static_cast<double>(holds) : kMissing;
}

/// Missing in, missing out; x / 0 and whatever is not finite, or 1e300 and more, is missing. What
/// is not 0 is true. kAnd and kOr are Kleene's: what is known decides where it can. `b` is ignored
/// by unary operations.
[[nodiscard]] inline double compute(Arithmetic operation, double a, double b) noexcept {
  switch (operation) {
    case Arithmetic::kAdd: return present_or_missing(a + b);
    case Arithmetic::kSubtract: return present_or_missing(a - b);
    case Arithmetic::kMultiply: return present_or_missing(a * b);
    case Arithmetic::kDivide: return present_or_missing(a / b);
    case Arithmetic::kNegate: return present_or_missing(-a);
    case Arithmetic::kLess: return compare(a < b, a, b);
    case Arithmetic::kLessEqual: return compare(a <= b, a, b);
    case Arithmetic::kGreater: return compare(a > b, a, b);
    case Arithmetic::kGreaterEqual: return compare(a >= b, a, b);
    case Arithmetic::kEqual: return compare(a == b, a, b);
    case Arithmetic::kNotEqual: return compare(a != b, a, b);
    case Arithmetic::kAnd: return a == 0 || b == 0 ? 0 : compare(true, a, b);
    case Arithmetic::kOr: {
      const bool holds = (a == a && a != 0) || (b == b && b != 0);
      return holds ? 1 : compare(false, a, b);
    }
    case Arithmetic::kNot: return compare(a == 0, a, a);
  }
  return kMissing;
}

}  // namespace factorwal::graph
