#pragma once
/// Memory that this process has in use.

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace factorwal::bench {

[[nodiscard]] inline double resident_bytes() {
  ::malloc_trim(0);  // what is free already must not hide what comes
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace factorwal::bench
