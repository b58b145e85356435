#include "base/aside.h"

#include <vector>

#include "base/forks.h"
#include "base/gil.h"

namespace factorwal::python {
namespace {

struct Abandoned {
  MadeHere made;
  std::mutex mutex;
  std::vector<std::thread> workers;
};

/// Never destroyed: a thread that is still there would end the process.
Abandoned& abandoned() {
  static auto* const all = new Abandoned;
  return *all;
}

}  // namespace

void abandon(std::thread worker) {
  auto& all = abandoned();
  if (!all.made.here()) {
    worker.detach();
    return;
  }
  const std::lock_guard lock(all.mutex);
  all.workers.push_back(std::move(worker));
}

void wait_for_abandoned() {
  auto& all = abandoned();
  if (!all.made.here()) return;  // they are the parent's
  WithoutGil released;
  const std::lock_guard lock(all.mutex);
  for (auto& worker : all.workers) worker.join();
  all.workers.clear();
}

}  // namespace factorwal::python
