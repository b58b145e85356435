#pragma once
/// `factorwal factors`: what a factor file means.

#include <string>
#include <vector>

#include "exit_code.h"
#include "factorwal/tick.h"

namespace factorwal::tool {

struct FactorCheckOptions {
  std::string path;                 ///< "-": standard input
  std::vector<std::string> fields;  ///< of the ticks; empty: all predefined ones
  std::string ticks;                ///< or those of this file's header
  bool default_set = false;         ///< print the default set's text instead
};

/// Fields that a typical file of ticks or bars has.
[[nodiscard]] Result<TickSchema> typical_schema();

ExitCode run_factors(const FactorCheckOptions& options);

}  // namespace factorwal::tool
