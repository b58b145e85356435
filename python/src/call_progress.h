#pragma once
/// Progress of a call of the library that asks now and then whether it is to go on.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace factorwal::python {

/// Hears signals, and tells a Python callable. Made and ended under the GIL; used without it.
class CallProgress {
 public:
  explicit CallProgress(nanobind::object tell) : tell_(std::move(tell)) {}

  /// False: the call is to end, and `rethrow` says why.
  bool go_on(const char* part, std::uint64_t done, std::uint64_t all) {
    if (raised_) return false;
    const auto now = Clock::now();
    if (now < next_) return true;
    next_ = now + kEvery;
    nanobind::gil_scoped_acquire held;
    try {
      if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
      if (!tell_.is_none()) tell_(part, done, all);
    } catch (...) {
      raised_ = std::current_exception();
    }
    return !raised_;
  }
  /// With the GIL, behind the call.
  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kEvery{20};
  nanobind::object tell_;
  std::exception_ptr raised_;
  Clock::time_point next_ = Clock::now() + kEvery;
};

}  // namespace factorwal::python
