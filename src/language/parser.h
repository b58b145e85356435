#pragma once
/// Words to statements.

#include <vector>

#include "factorwal/result.h"
#include "language/ast.h"
#include "language/source.h"

namespace factorwal::language {

/// Every statement in order. The views in them point into the source's text.
[[nodiscard]] Result<std::vector<Statement>> parse_statements(const Source& source);

}  // namespace factorwal::language
