#pragma once
/// Numbers that a person gives to a test: its size, its seed.

#include <cstdint>
#include <cstdlib>

namespace factorwal::test {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace factorwal::test
