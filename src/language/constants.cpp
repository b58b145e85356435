#include "language/constants.h"

#include "graph/arithmetic.h"

namespace factorwal::language {

std::optional<double> constant_value(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kNumber: return expression.number;
    case Expression::Kind::kUnary: {
      const auto operand = constant_value(*expression.left);
      if (!operand) return std::nullopt;
      return graph::compute(expression.operation, *operand, 0);
    }
    case Expression::Kind::kBinary: {
      const auto left = constant_value(*expression.left);
      const auto right = left ? constant_value(*expression.right) : std::nullopt;
      if (!right) return std::nullopt;
      return graph::compute(expression.operation, *left, *right);
    }
    case Expression::Kind::kName:
    case Expression::Kind::kCall: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace factorwal::language
