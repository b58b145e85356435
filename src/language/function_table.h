#pragma once
/// The functions of the language: the only list. Parser, messages, `factorwal operators` and the
/// compiler all read it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/operator.h"
#include "factorwal/result.h"

namespace factorwal::language {

struct Parameter {
  enum class Kind : unsigned char { kWindow, kInteger, kNumber };
  std::string_view name;
  Kind kind = Kind::kWindow;
  std::optional<double> fallback;    ///< the default; none: must be given
  bool falls_back_to_first = false;  ///< the default is the first parameter's value
};

/// Another name of a function, with the defaults that differ under it.
struct Alias {
  std::string_view name;
  std::string_view parameter = {};
  double fallback = 0;
};

struct Function {
  std::string_view name;
  std::vector<Alias> aliases;
  std::vector<std::string_view> series;  ///< names of its series, in order; for signatures
  std::vector<Parameter> parameters;
  std::vector<std::string_view> outputs;  ///< empty: one value
  /// From one number per parameter.
  Result<std::unique_ptr<IncrementalOperator>> (*make)(std::span<const double> parameters);
  std::string_view first_value;
  std::string_view definition;
  std::string_view source;
};

/// `ts_mean(x, d, minp=d)`.
[[nodiscard]] std::string signature_of(const Function& function);

/// Sorted by name.
[[nodiscard]] const std::vector<Function>& functions();

struct FoundFunction {
  const Function* function = nullptr;
  const Alias* alias = nullptr;  ///< null when found by its own name
};
[[nodiscard]] std::optional<FoundFunction> find_function(std::string_view name);

/// Every name and alias.
[[nodiscard]] const std::vector<std::string_view>& function_names();

/// Whether the catalogue has a function of that name that this release lacks.
[[nodiscard]] bool is_function_of_later(std::string_view name);

}  // namespace factorwal::language
