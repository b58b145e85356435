#pragma once
/// A child process after `fork` has a copy of every object and none of the threads that serve it.
/// Objects remember here in which process they were made, so that the child can refuse.

#include <atomic>
#include <cstdint>

#include "factorwal/result.h"

namespace factorwal {

namespace fork_detail {
extern std::atomic<std::uint32_t> fork_count;  // of this process's ancestors since the start
}  // namespace fork_detail

/// Whether the process that made this object is a parent of the current one. Async-signal-safe.
class ForkGuard {
 public:
  ForkGuard() noexcept;
  [[nodiscard]] bool forked() const noexcept {
    return fork_detail::fork_count.load(std::memory_order_relaxed) != born_;
  }

 private:
  std::uint32_t born_;
};

[[nodiscard]] Error forked_error();

/// A descriptor that a child process closes at once: a lock belongs to the open file, and would
/// live on in the child otherwise.
void close_in_child(int descriptor);
/// Before the descriptor is closed here.
void forget_in_child(int descriptor);

}  // namespace factorwal
