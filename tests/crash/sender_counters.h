#pragma once
/// What `sender_child` has been told, in memory that outlives it.

#include <atomic>
#include <cstdint>

namespace factorwal::test {

struct SenderCounters {
  std::atomic<std::uint64_t> returned[2];  ///< sends 1 .. n of each thread have returned
};

}  // namespace factorwal::test
