#pragma once
/// Invariants of our own code, on in every build. Bytes from disk are never checked with this:
/// bad bytes are an Error with file and offset.

namespace factorwal {

[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace factorwal

#define FACTORWAL_CHECK(expression)                               \
  do {                                                            \
    if (!(expression)) [[unlikely]]                               \
      ::factorwal::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
