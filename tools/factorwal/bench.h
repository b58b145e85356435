#pragma once
/// `factorwal bench`: what this machine's disk and processor give, and which settings fit them.

#include <string>
#include <vector>

#include "exit_code.h"

namespace factorwal::tool {

struct BenchOptions {
  std::string directory = ".";
  std::string factors_path;         ///< empty: the default set
  std::vector<std::string> fields;  ///< empty: those that fit the factors
  double seconds = 60;
  bool json = false;
};

ExitCode run_bench(const BenchOptions& options);

}  // namespace factorwal::tool
