#pragma once
/// Time and randomness of a fuzzed open: the same bytes always do the same.

#include "support/memory_file_system.h"

namespace factorwal::fuzz {

class SteadyWorld final : public Simulation {
 public:
  std::chrono::steady_clock::time_point now() override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1));
  }
  std::uint64_t random() override { return ++last_ * 0x9e3779b97f4a7c15U; }

 private:
  std::uint64_t last_ = 0;
};

}  // namespace factorwal::fuzz
