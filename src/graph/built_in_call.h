#pragma once
/// The kind behind an object of a public class.

#include "factorwal/operator.h"
#include "operators/kind.h"

namespace factorwal::graph {

/// Null: the operator is a user's own.
[[nodiscard]] const operators::Call* built_in_call(const IncrementalOperator& op) noexcept;

}  // namespace factorwal::graph
