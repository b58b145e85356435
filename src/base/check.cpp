#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace factorwal {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "factorwal: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace factorwal
