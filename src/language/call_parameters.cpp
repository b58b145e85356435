#include "language/call_parameters.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "factorwal/nearest_name.h"
#include "factorwal/operators/parameters.h"
#include "language/constants.h"
#include "language/printing.h"

namespace factorwal::language {
namespace {

using operators::Kind;
using operators::Parameter;

Error unknown_argument(const Source& source, const Argument& argument, const Kind& kind) {
  std::vector<std::string_view> known;
  for (const Parameter& parameter : kind.parameters) known.push_back(parameter.name);
  std::string message("no argument ");
  message.append(quoted(argument.name));
  message.append(did_you_mean(argument.name, std::span<const std::string_view>(known)));
  message.append(": ").append(signature_of(kind));
  return source.error_at(argument.offset, message);
}

Result<double> resolve_number(const Source& source, const Argument& argument,
                              const Parameter& parameter, const Kind& kind) {
  const auto number = constant_value(*argument.value);
  std::string message(quoted(parameter.name));
  message.append(" of ").append(kind.name);
  if (!number) {
    return source.error_at(argument.value->offset, message.append(" must be a constant number"));
  }
  if (parameter.type == Parameter::Type::kNumber) return *number;
  const bool whole = *number == std::floor(*number);  // false for NaN
  if (parameter.type != Parameter::Type::kInteger) {
    if (!whole || *number < 1 || *number > static_cast<double>(kWindowMax)) {
      message.append(" must be a whole number of ticks from 1 to ");
      message.append(std::to_string(kWindowMax)).append(", not ").append(number_text(*number));
      return source.error_at(argument.value->offset, message);
    }
    return *number;
  }
  if (!whole || std::fabs(*number) > static_cast<double>(kWindowMax)) {
    message.append(" must be a whole number, not ").append(number_text(*number));
    return source.error_at(argument.value->offset, message);
  }
  return *number + 0.0;  // -0 becomes 0: one spelling in the canonical text
}

}  // namespace

Result<std::vector<double>> resolve_parameters(const Source& source, const Expression& expression,
                                               const FoundFunction& found,
                                               std::size_t series_count) {
  const Kind& kind = *found.kind;
  std::vector<std::optional<double>> given(kind.parameters.size());
  for (std::size_t i = series_count; i < expression.arguments.size(); ++i) {
    const Argument& argument = expression.arguments[i];
    std::size_t index = i - series_count;
    if (!argument.name.empty()) {
      const auto parameter =
          std::find_if(kind.parameters.begin(), kind.parameters.end(),
                       [&](const Parameter& p) { return p.name == argument.name; });
      if (parameter == kind.parameters.end()) return unknown_argument(source, argument, kind);
      index = static_cast<std::size_t>(parameter - kind.parameters.begin());
    }
    const Parameter& parameter = kind.parameters[index];
    if (given[index]) {
      std::string message(quoted(parameter.name));
      return source.error_at(argument.offset, message.append(" is given twice"));
    }
    auto number = resolve_number(source, argument, parameter, kind);
    if (!number) return std::move(number).error();
    given[index] = *number;
  }
  std::vector<double> resolved;
  for (std::size_t i = 0; i < kind.parameters.size(); ++i) {
    const Parameter& parameter = kind.parameters[i];
    std::optional<double> number = given[i];
    if (!number && found.alias != nullptr && found.alias->parameter == parameter.name) {
      number = found.alias->fallback;
    }
    if (!number && parameter.type == Parameter::Type::kMinp) number = resolved[0];
    if (!number) number = parameter.fallback;
    if (!number) {
      std::string message(quoted(parameter.name));
      message.append(" is missing: ").append(signature_of(kind));
      return source.error_at(expression.offset, message);
    }
    resolved.push_back(*number);
  }
  return resolved;
}

}  // namespace factorwal::language
