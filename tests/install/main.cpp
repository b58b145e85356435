// Uses the installed package as its user would: one function for each part of the API; `main`
// says which one failed.

#include <cstdio>

#include "factorwal/result.h"
#include "factorwal/types.h"

namespace {

bool results_work() {
  const factorwal::Result<factorwal::Sequence> good = factorwal::Sequence{1};
  const factorwal::Status bad = factorwal::Error{factorwal::Errc::kCorruption, "log/x", 0};
  return good && *good == 1 && !bad && factorwal::to_string(bad.error().code) == "corruption";
}

}  // namespace

int main() {
  if (!results_work()) {
    std::puts("results_work: failed");
    return 1;
  }
  std::puts("ok");
  return 0;
}
