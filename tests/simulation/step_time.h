#pragma once
/// Time that passes when the test says so, and randomness of a seed.

#include <chrono>
#include <random>

#include "base/simulation.h"

namespace factorwal::test {

class StepTime final : public Simulation {
 public:
  explicit StepTime(std::uint64_t seed) : random_(seed) {}
  std::chrono::steady_clock::time_point now() override { return now_; }
  std::uint64_t random() override { return random_(); }
  void pass(std::chrono::microseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  std::mt19937_64 random_;
};

}  // namespace factorwal::test
