#pragma once
/// `factorwal rings`: what waits in channels for a log, and the removal of what nobody needs.

#include <string>
#include <vector>

#include "exit_code.h"

namespace factorwal::tool {

struct RingsOptions {
  std::string directory;  ///< also its rings; empty: only those in shared memory
  bool clear = false;
  std::vector<std::string> named;  ///< to be cleared, whatever they hold; empty: all orphans
  bool yes = false;
  bool json = false;
};

ExitCode run_rings(const RingsOptions& options);

}  // namespace factorwal::tool
