#pragma once
/// Which instruments of an open log are computed by somebody who counts their ticks.

#include <cstdint>
#include <mutex>
#include <unordered_set>

namespace factorwal::wal {

/// One claimant an instrument. Thread-safe.
class InstrumentClaims {
 public:
  /// False when it is taken.
  [[nodiscard]] bool claim(std::uint32_t instrument) {
    const std::lock_guard lock(mutex_);
    return taken_.insert(instrument).second;
  }
  void release(std::uint32_t instrument) {
    const std::lock_guard lock(mutex_);
    taken_.erase(instrument);
  }

 private:
  std::mutex mutex_;
  std::unordered_set<std::uint32_t> taken_;  // guarded by mutex_
};

}  // namespace factorwal::wal
