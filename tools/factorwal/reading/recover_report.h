#pragma once
/// `factorwal recover`: what a data directory holds. Changes nothing.

#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct RecoverOptions {
  std::string directory;
  bool json = false;
};

ExitCode run_recover(const RecoverOptions& options);

}  // namespace factorwal::tool
