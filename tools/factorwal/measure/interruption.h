#pragma once
/// Ctrl-C in the midst of a measurement.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "factorwal/result.h"
#include "measure/figures.h"

namespace factorwal::measure {

/// A look at the flag, and at the clock, costs little beside so many.
inline constexpr std::uint64_t kTicksBetweenLooks = 64;

[[nodiscard]] inline Status expect_not_interrupted(const std::atomic<bool>& stop) {
  if (!stop) return {};
  return Error{Errc::kTimeout, "interrupted; nothing was left behind", 0};
}

/// Calls `wait`, a wait for storage with a timeout, until it is done, fails, or `stop` is set.
template <class Wait>
[[nodiscard]] Status wait_for_storage(const std::atomic<bool>& stop, Wait&& wait) {
  constexpr auto kStep = std::chrono::milliseconds(50);
  constexpr auto kLongest = std::chrono::seconds(60);  // beyond any device that works
  const auto begun = Clock::now();
  while (true) {
    auto done = wait(std::chrono::nanoseconds(kStep));
    if (done || done.error().code != Errc::kTimeout) return done;
    if (auto go_on = expect_not_interrupted(stop); !go_on) return go_on;
    if (Clock::now() - begun > kLongest) return done;
  }
}

}  // namespace factorwal::measure
