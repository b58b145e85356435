#pragma once
/// Long calls that Ctrl-C ends: they run without the GIL and look up now and then.

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "base/gil.h"

namespace factorwal::python {

/// Looks for signals every 20 ms, of a call that has released the GIL. Used by one thread, and made
/// and ended under the GIL.
class SignalWatch {
 public:
  /// `tell`: called at each look with what `look` got; or None.
  explicit SignalWatch(nanobind::object tell = nanobind::none()) : tell_(std::move(tell)) {}
  /// Throws nanobind::python_error when a handler or `tell` raised; the GIL is taken for the look
  /// alone.
  template <class... Told>
  void look(Told... told) {
    if (Clock::now() < next_) return;
    {
      const WithGil held;
      if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
      if (!tell_.is_none()) tell_(told...);
    }
    next_ = Clock::now() + kEvery;
  }

 private:
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
