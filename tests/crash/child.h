#pragma once
/// What programs that are there to be killed share.

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "crash/sender_counters.h"

namespace factorwal::test {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::exit(1);
}

inline SenderCounters& map_counters(const char* path) {
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  void* at =
      fd < 0 ? MAP_FAILED
             : ::mmap(nullptr, sizeof(SenderCounters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail("cannot map the counters");
  return *static_cast<SenderCounters*>(at);
}

}  // namespace factorwal::test
