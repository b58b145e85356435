#include "reading/operator_example.h"

#include <string_view>
#include <vector>

namespace factorwal::tool {
namespace {

std::vector<std::string_view> parameters_of(std::string_view signature) {
  const auto open = signature.find('(');
  const auto close = signature.rfind(')');
  std::vector<std::string_view> parameters;
  if (open == std::string_view::npos || close == std::string_view::npos) return parameters;
  auto rest = signature.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const auto comma = rest.find(", ");
    parameters.push_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 2);
  }
  return parameters;
}

/// What stands for a parameter; "" for one that is better left out.
std::string argument_for(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals != std::string_view::npos) {
    const auto name = parameter.substr(0, equals);
    const auto value = parameter.substr(equals + 1);
    const bool number = value.find_first_not_of("0123456789.") == std::string_view::npos;
    const bool rare = name == "ddof" || name == "minp" || name == "flat";
    return number && !rare ? std::string(value) : std::string();
  }
  if (parameter == "x") return "close";
  if (parameter == "y") return "volume";
  if (parameter == "condition") return "close > ts_mean(close, 20)";
  if (parameter == "d" || parameter == "n") return "20";
  return std::string(parameter);  // the name of a field
}

}  // namespace

std::string operator_example(const OperatorInfo& info) {
  std::string call = info.name + "(";
  for (const auto parameter : parameters_of(info.signature)) {
    const auto argument = argument_for(parameter);
    if (argument.empty()) continue;
    if (call.back() != '(') call += ", ";
    call += argument;
  }
  call += ")";
  if (info.outputs.size() == 1) return "factor my_" + info.name + " = " + call;
  std::string names;
  for (const auto& output : info.outputs) {
    names += (names.empty() ? "" : ", ") + ("my_" + output);
  }
  return "factor (" + names + ") = " + call;
}

}  // namespace factorwal::tool
