#pragma once
/// Numbers that are known before any tick.

#include <optional>

#include "graph/plan_builder.h"
#include "language/ast.h"

namespace factorwal::language {

[[nodiscard]] graph::Arithmetic arithmetic_of(char symbol);

/// The number an expression of numbers alone stands for.
[[nodiscard]] std::optional<double> constant_value(const Expression& expression);

}  // namespace factorwal::language
