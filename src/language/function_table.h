#pragma once
/// The functions of the language: the kinds of operators, by their names and aliases.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/kind.h"

namespace factorwal::language {

/// `ts_mean(x, d, minp=d)`.
[[nodiscard]] std::string signature_of(const operators::Kind& kind);

[[nodiscard]] std::vector<std::string_view> series_names(const operators::Kind& kind);

struct FoundFunction {
  const operators::Kind* kind = nullptr;
  const operators::Alias* alias = nullptr;  ///< null when found by its own name
};
[[nodiscard]] std::optional<FoundFunction> find_function(std::string_view name);

/// Every name and alias.
[[nodiscard]] const std::vector<std::string_view>& function_names();

/// Whether the catalogue has a function of that name that this release lacks.
[[nodiscard]] bool is_function_of_later(std::string_view name);

}  // namespace factorwal::language
