#pragma once
/// `factorwal doctor`: what of the promises is kept on this machine.

#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct DoctorOptions {
  std::string directory;
  double seconds = 1;
  bool json = false;
};

ExitCode run_doctor(const DoctorOptions& options);

}  // namespace factorwal::tool
