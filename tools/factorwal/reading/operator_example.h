#pragma once
/// A line of a factor file that uses an operator, to start from.

#include <string>

#include "factorwal/factor_set.h"

namespace factorwal::tool {

[[nodiscard]] std::string operator_example(const OperatorInfo& info);

}  // namespace factorwal::tool
