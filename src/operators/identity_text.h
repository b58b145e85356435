#pragma once
/// Writes an operator's identity: `ts_mean(d=5,minp=5)#1`.

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace factorwal {

struct IdentityParameter {
  IdentityParameter(std::string_view parameter_name, double number) : name(parameter_name) {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number);  // shortest exact form
    value.assign(buffer, end.ptr);
  }
  IdentityParameter(std::string_view parameter_name, std::int64_t number)
      : name(parameter_name), value(std::to_string(number)) {}
  IdentityParameter(std::string_view parameter_name, std::string_view word)
      : name(parameter_name), value(word) {}
  std::string_view name;
  std::string value;
};

[[nodiscard]] inline std::string identity_text(std::string_view name, int version,
                                               std::initializer_list<IdentityParameter> list) {
  std::string text(name);
  text += '(';
  for (const IdentityParameter& parameter : list) {
    if (text.back() != '(') text += ',';
    text.append(parameter.name).append("=").append(parameter.value);
  }
  return text.append(")#").append(std::to_string(version));
}

}  // namespace factorwal
