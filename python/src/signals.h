#pragma once
/// Long calls that Ctrl-C ends: they run without the GIL and look up now and then.

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstdint>

namespace factorwal::python {

/// Looks for signals every 20 ms, of a call that has released the GIL. Used by one thread.
class SignalWatch {
 public:
  /// Throws nanobind::python_error when a handler raised; the GIL is taken for the look alone.
  void look() {
    if (Clock::now() >= next_) look_now();
  }
  void look_now();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kEvery{20};
  Clock::time_point next_ = Clock::now() + kEvery;
};

/// What waits for space in the channel looks for it this often.
inline constexpr std::chrono::milliseconds kSpaceRecheck{1};

/// With the GIL held: waits without it for `kSpaceRecheck`, then lets signal handlers run.
void wait_for_space();

/// Says on the exception that a signal raised how many ticks its call had taken: `.accepted`, and a
/// note. Needs the GIL.
void tell_accepted(nanobind::python_error& raised, std::uint64_t accepted);

}  // namespace factorwal::python
