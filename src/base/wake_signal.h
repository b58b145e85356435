#pragma once
/// One thread sleeps, others wake it. Waking takes no lock: a sender may do it from anywhere, a
/// signal handler included.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace factorwal {

class WakeSignal {
 public:
  /// Async-signal-safe.
  void wake() noexcept;
  /// What to give to `wait_until`. Read it before looking for work.
  [[nodiscard]] std::uint32_t seen() const noexcept { return count_.load(); }
  /// Returns once `wake` was called after `seen` was read, or at `until`; now and then earlier.
  void wait_until(std::uint32_t seen, std::chrono::steady_clock::time_point until) noexcept;

 private:
  std::atomic<std::uint32_t> count_{0};
  std::atomic<bool> sleeping_{false};
};

}  // namespace factorwal
