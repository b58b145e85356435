#pragma once
/// Progress of work that runs aside, told to a Python callable.

#include <nanobind/nanobind.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include "base/aside.h"
#include "base/gil.h"
#include "base/signals.h"
#include "factorwal/log_progress.h"

namespace factorwal::python {

/// Written by the work, read by who waits for it.
struct Progress {
  std::atomic<const char*> part{""};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> all{0};
  std::atomic<bool> gives_up{false};

  /// Whether the work is to go on.
  bool note(const char* which, std::uint64_t so_far, std::uint64_t total) noexcept {
    part = which;
    done = so_far;
    all = total;
    return !gives_up;
  }
};

/// How far the replay of a log is, into `progress`, which it must not outlive.
inline TellLogProgress replay_into(Progress& progress) {
  return [&progress](const LogProgress& at) {
    return progress.note("replay", at.done_bytes, at.all_bytes);
  };
}

/// What `work(progress)` gives, run aside. `tell` (or None) is called with a part's name, what is
/// done and all there is. When that raises, or a signal's handler, the work is told to give up.
template <class Work>
auto run_told(nanobind::object tell, Work work) {
  auto progress = std::make_shared<Progress>();
  try {
    return run_aside([progress, work = std::move(work)] { return work(*progress); },
                     [&] {
                       if (tell.is_none() || progress->all == 0) return;
                       tell(progress->part.load(), progress->done.load(), progress->all.load());
                     });
  } catch (...) {
    progress->gives_up = true;
    throw;
  }
}

/// Gives what `work(progress)` does, with a TellLogProgress, in this thread and without the GIL:
/// for work that must not go on when its caller is gone. Every 20 ms `tell` (or None) is called
/// with `part`, what is done and all there is; when that raises, or a signal's handler, the work
/// gives up.
template <class Work>
auto run_watched(const nanobind::object& tell, const char* part, Work work) {
  SignalWatch watch(tell);
  std::exception_ptr raised;
  const auto look = [&](const LogProgress& at) {
    try {
      watch.look(part, at.done_bytes, at.all_bytes);
      return true;
    } catch (...) {
      raised = std::current_exception();
      return false;
    }
  };
  auto done = without_gil([&] { return work(TellLogProgress(look)); });
  if (raised) std::rethrow_exception(raised);
  return done;
}

}  // namespace factorwal::python
