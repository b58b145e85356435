#pragma once
/// `factorwal operators`: the catalogue that is built in.

#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct OperatorListOptions {
  std::string name;  ///< one operator in full, by any of its names; empty: all
  bool json = false;
};

ExitCode run_operators(const OperatorListOptions& options);

}  // namespace factorwal::tool
