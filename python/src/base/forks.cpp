#include "base/forks.h"

#include <pthread.h>

#include <atomic>
#include <string>

#include "base/errors.h"

namespace factorwal::python {
namespace {

std::atomic<std::uint64_t> forks{0};

void count_fork() {
  forks.fetch_add(1, std::memory_order_relaxed);
  // What the parent's other threads held, nobody in the child can give back.
  nanobind::set_leak_warnings(false);
}

}  // namespace

MadeHere::MadeHere() noexcept : forks_(forks.load(std::memory_order_relaxed)) {}

bool MadeHere::here() const noexcept { return forks_ == forks.load(std::memory_order_relaxed); }

void MadeHere::expect(const char* what) const {
  if (here()) return;
  raise(
      Error{Errc::kForked,
            std::string(what) +
                " was opened by the parent of this process, which came by fork: open one here, in "
                "another directory; multiprocessing.set_start_method(\"spawn\") (or "
                "\"forkserver\") starts processes without a fork",
            0});
}

void watch_forks() { pthread_atfork(nullptr, nullptr, count_fork); }

}  // namespace factorwal::python
