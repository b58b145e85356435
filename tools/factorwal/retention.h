#pragma once
/// `factorwal retention`: what would be cut from a log, why the rest stays, and cutting it.

#include <string>

#include "exit_code.h"
#include "factorwal/retention.h"

namespace factorwal::tool {

struct RetentionOptions {
  std::string directory;
  RetentionLimits limits;
  bool apply = false;
  bool json = false;
};

ExitCode run_retention(const RetentionOptions& options);

}  // namespace factorwal::tool
