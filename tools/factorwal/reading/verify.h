#pragma once
/// `factorwal verify`: reads every byte that a log counts on, and says what does not hold.

#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct VerifyCommand {
  std::string directory;
  bool recompute = false;
  bool json = false;
};

ExitCode run_verify(const VerifyCommand& options);

}  // namespace factorwal::tool
