#pragma once
/// Numbers that are known before any tick.

#include <optional>

#include "language/ast.h"

namespace factorwal::language {

/// The number an expression of numbers alone stands for.
[[nodiscard]] std::optional<double> constant_value(const Expression& expression);

}  // namespace factorwal::language
