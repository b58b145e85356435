#pragma once
/// `factorwal backup`: a consistent copy of a data directory, under an identity of its own.

#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct BackupOptions {
  std::string source;
  std::string target;
  bool json = false;
};

ExitCode run_backup(const BackupOptions& options);

}  // namespace factorwal::tool
