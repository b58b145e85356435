#include "base/wake_signal.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace factorwal {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

}  // namespace

void WakeSignal::wake() noexcept {
  count_.fetch_add(1);
  // The sleeper sets its flag before the kernel compares the count: one of the two sees the other.
  if (!sleeping_.load()) return;
  const int before = errno;
  ::syscall(SYS_futex, &count_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  errno = before;
}

void WakeSignal::wait_until(std::uint32_t seen,
                            std::chrono::steady_clock::time_point until) noexcept {
  using std::chrono::nanoseconds;
  const auto left = until - std::chrono::steady_clock::now();
  if (left <= nanoseconds::zero()) return;
  const auto count = std::chrono::duration_cast<nanoseconds>(left).count();
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec timeout{static_cast<std::time_t>(count / kSecond),
                         static_cast<long>(count % kSecond)};
  sleeping_.store(true);
  ::syscall(SYS_futex, &count_, FUTEX_WAIT_PRIVATE, seen, &timeout, nullptr, 0);
  sleeping_.store(false);
}

}  // namespace factorwal
