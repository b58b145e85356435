#pragma once
/// Small pieces of canonical text.

#include <charconv>
#include <string>
#include <string_view>

namespace factorwal::language {

/// The shortest form that reads back to the same double; `nan` for a missing one.
[[nodiscard]] inline std::string number_text(double value) {
  if (value != value) return "nan";
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

template <class Names>
[[nodiscard]] std::string joined(const Names& names, std::string_view separator = ", ") {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text.append(separator);
    text.append(name);
  }
  return text;
}

}  // namespace factorwal::language
