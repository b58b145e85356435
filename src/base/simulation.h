#pragma once
/// What a test replaces besides the files to repeat a whole run from a seed: time, randomness and
/// threads. In a simulation everything runs on the caller's thread, in steps.

#include <chrono>
#include <cstdint>

namespace factorwal {

class Simulation {
 public:
  virtual ~Simulation() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() = 0;
  [[nodiscard]] virtual std::uint64_t random() = 0;
  /// Nanoseconds since 1970 UTC.
  [[nodiscard]] virtual std::int64_t wall_clock_ns() {
    return std::chrono::nanoseconds(now().time_since_epoch()).count();
  }
};

}  // namespace factorwal
