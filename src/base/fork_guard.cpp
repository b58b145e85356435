#include "base/fork_guard.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace factorwal {

std::atomic<std::uint32_t> fork_detail::fork_count{0};

namespace {

struct Descriptors {
  std::mutex mutex;  // held across a fork, so that the child finds the list whole
  std::vector<int> list;
};

// Never destroyed: a process may fork while it exits.
Descriptors& descriptors() {
  static auto& instance = *new Descriptors;
  return instance;
}

void before_fork() { descriptors().mutex.lock(); }
void in_parent() { descriptors().mutex.unlock(); }
void in_child() {
  fork_detail::fork_count.fetch_add(1);
  for (const int descriptor : descriptors().list) ::close(descriptor);
  descriptors().list.clear();
  descriptors().mutex.unlock();
}

void watch_forks() {
  static const int registered = pthread_atfork(before_fork, in_parent, in_child);
  (void)registered;
}

}  // namespace

ForkGuard::ForkGuard() noexcept {
  watch_forks();
  born_ = fork_detail::fork_count.load();
}

Error forked_error() {
  return Error{Errc::kForked,
               "this object was made before a fork, by the parent process; open one in the child",
               0};
}

void close_in_child(int descriptor) {
  watch_forks();
  const std::lock_guard lock(descriptors().mutex);
  descriptors().list.push_back(descriptor);
}

void forget_in_child(int descriptor) {
  const std::lock_guard lock(descriptors().mutex);
  std::erase(descriptors().list, descriptor);
}

}  // namespace factorwal
