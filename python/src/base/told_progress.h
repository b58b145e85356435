#pragma once
/// Progress of work that runs aside, told to a Python callable.

#include <nanobind/nanobind.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/aside.h"

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

}  // namespace factorwal::python
