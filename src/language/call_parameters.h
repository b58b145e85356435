#pragma once
/// The numbers of a call, by place or by name, with the defaults of its operator.

#include <cstddef>
#include <vector>

#include "factorwal/result.h"
#include "language/ast.h"
#include "language/function_table.h"
#include "language/source.h"

namespace factorwal::language {

/// One for each parameter of the kind; `series_count` arguments come before them. Errors say where
/// in `source` the call is wrong.
[[nodiscard]] Result<std::vector<double>> resolve_parameters(const Source& source,
                                                             const Expression& expression,
                                                             const FoundFunction& found,
                                                             std::size_t series_count);

}  // namespace factorwal::language
