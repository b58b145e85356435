#pragma once
/// The Python that reads archives with other programs.

#include <cstdlib>
#include <string>

namespace factorwal::test {

/// Of `scripts/setup archive`; it need not be there.
inline std::string archive_python() {
  const char* place = std::getenv("FACTORWAL_ARCHIVE_VENV");
  return std::string(place != nullptr ? place : FACTORWAL_SOURCE_DIR "/.venv-archive") +
         "/bin/python";
}

}  // namespace factorwal::test
