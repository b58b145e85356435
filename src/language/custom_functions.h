#pragma once
/// Operators that a user brings under names of their own.

#include <span>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"

namespace factorwal::language {

/// Whether their names are free, and all that they need is there.
[[nodiscard]] Status check_custom_functions(std::span<const CustomFunction> functions);

}  // namespace factorwal::language
