#pragma once
/// Waits that signals end.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/errors.h"
#include "base/gil.h"

namespace factorwal::python {

/// Waits in slices without the GIL, and hears signals between them. `wait`, given a slice, returns
/// a Status; its kTimeout goes on until `timeout_s` is over. Raises what it fails with.
template <class Wait>
void wait_in_slices(const std::optional<double>& timeout_s, Wait wait) {
  using Clock = std::chrono::steady_clock;
  using std::chrono::nanoseconds;
  constexpr nanoseconds kSlice = std::chrono::milliseconds(50);
  const auto begun = Clock::now();
  for (;;) {
    auto slice = kSlice;
    if (timeout_s) {
      const auto left = *timeout_s - std::chrono::duration<double>(Clock::now() - begun).count();
      slice = std::clamp(nanoseconds(static_cast<std::int64_t>(std::clamp(left, 0.0, 1.0) * 1e9)),
                         nanoseconds(0), kSlice);
    }
    const auto done = without_gil([&] { return wait(slice); });
    if (done) return;
    const bool over =
        timeout_s && std::chrono::duration<double>(Clock::now() - begun).count() >= *timeout_s;
    if (done.error().code != Errc::kTimeout || over) raise(done.error());
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
  }
}

}  // namespace factorwal::python
