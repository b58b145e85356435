#pragma once
/// Calls of the library that take long and that nothing ends: on a thread of their own, so that
/// Ctrl-C is answered all the same.

#include <nanobind/nanobind.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/gil.h"

namespace factorwal::python {

/// Keeps a thread whose caller was interrupted, for `wait_for_abandoned`. Any thread.
void abandon(std::thread worker);
/// Waits for all of them, without the GIL: they must not outlive what a process destroys at its
/// end.
void wait_for_abandoned();

/// Gives what `work()` does. Needs the GIL, and waits without it. `look` is called every 20 ms,
/// with the GIL; when it throws, the wait ends: the work goes on by itself, and what it gives is
/// destroyed on its thread, so that `work` must own all it uses and hold no Python object.
template <class Work, class Look>
auto run_aside_looking(Work work, Look look) -> decltype(work()) {
  using Value = decltype(work());
  struct State {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Value> value;
  };
  constexpr std::chrono::milliseconds kSlice{20};
  auto state = std::make_shared<State>();
  auto owned = std::make_shared<Work>(std::move(work));
  std::thread worker;
  try {
    worker = std::thread([state, owned]() mutable {
      auto value = (*owned)();
      owned.reset();
      const std::lock_guard lock(state->mutex);
      state->value.emplace(std::move(value));
      state->done.notify_one();
    });
  } catch (const std::system_error&) {
    WithoutGil released;  // no thread is to be had: Ctrl-C waits
    return (*owned)();
  }
  const auto is_done = [&] {
    WithoutGil released;
    std::unique_lock lock(state->mutex);
    return state->done.wait_for(lock, kSlice, [&] { return state->value.has_value(); });
  };
  try {
    while (!is_done()) look();
  } catch (...) {
    abandon(std::move(worker));
    throw;
  }
  {
    WithoutGil released;
    worker.join();
  }
  return *std::move(state->value);
}

/// The same; signals are heard, and end the wait when a handler raises. So does what `each` raises.
template <class Work, class Each>
auto run_aside(Work work, Each each) -> decltype(work()) {
  return run_aside_looking(std::move(work), [&] {
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
    each();
  });
}

template <class Work>
auto run_aside(Work work) -> decltype(work()) {
  return run_aside(std::move(work), [] {});
}

}  // namespace factorwal::python
