#pragma once
/// Statements to a plan: names resolved, types and constants checked, defaults made explicit.

#include <memory>
#include <string>
#include <string_view>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "graph/plan.h"
#include "language/source.h"

namespace factorwal::language {

/// `missing_field`, if not null, receives the canonical name of the field whose absence from the
/// schema made the text fail, and is left alone otherwise.
[[nodiscard]] Result<std::shared_ptr<const graph::Plan>> compile(
    const Source& source, const TickSchema& schema, const FactorSetOptions& options,
    std::string* missing_field = nullptr);

}  // namespace factorwal::language
