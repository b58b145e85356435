#pragma once
/// Names of state that hold across runs and releases: 128-bit XXH3 of a definition's text.

#include <string>
#include <string_view>

#include "factorwal/factor_set.h"

namespace factorwal::graph {

[[nodiscard]] StateIdentity identity_of(std::string_view definition) noexcept;
/// 32 lower-case hex digits.
[[nodiscard]] std::string to_hex(const StateIdentity& identity);

}  // namespace factorwal::graph
