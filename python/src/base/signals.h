#pragma once
/// Long calls that Ctrl-C ends: they run without the GIL and look up now and then.

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstdint>
#include <utility>

namespace factorwal::python {

/// Looks for signals every 20 ms, of a call that has released the GIL. Used by one thread, and made
/// and ended under the GIL.
class SignalWatch {
 public:
  /// `tell`: called at each look with what was done so far; or None.
  explicit SignalWatch(nanobind::object tell = nanobind::none()) : tell_(std::move(tell)) {}
  /// Throws nanobind::python_error when a handler or `tell` raised; the GIL is taken for the look
  /// alone.
  void look(std::uint64_t done = 0) {
    if (Clock::now() >= next_) look_now(done);
  }

 private:
  void look_now(std::uint64_t done);

  nanobind::object tell_;
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
