#pragma once
/// Which part of a ring's block takes memory: what its sender is about to use, and not what it used
/// long ago. The block is large enough for a burst; most threads never have one.

#include <atomic>
#include <cstdint>
#include <vector>

#include "channel/ring_memory.h"

namespace factorwal::channel {

/// Shared by the sender and the consumer of a ring. Each holds a lock for the time of a few system
/// calls; the sender needs it once in `kChunkBytes` of entries.
class RingPages {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

  /// `memory` has its first `memory.usable` bytes.
  RingPages(RingMemory& memory, std::size_t capacity);

  /// The sender's: everything before that position can be written to. Allocates nothing that is
  /// there, and nothing on the heap.
  [[nodiscard]] Status claim(std::uint64_t position);
  /// All of it, for good.
  [[nodiscard]] Status claim_whole();
  [[nodiscard]] std::uint64_t claimed() const noexcept { return claimed_; }

  /// The consumer's: gives chunks back that were released before `tail` and not claimed again.
  /// Nothing of what was claimed for good.
  void give_back(std::uint64_t tail);

 private:
  class Guard;
  static constexpr std::uint64_t kWhole = ~std::uint64_t{0};
  [[nodiscard]] Status take(std::size_t chunk);
  [[nodiscard]] std::size_t index_of(std::uint64_t position) const noexcept {
    return static_cast<std::size_t>(position % capacity_ / kChunkBytes);
  }

  RingMemory& memory_;
  const std::size_t capacity_;
  std::atomic<bool> locked_{false};
  std::vector<bool> present_;  // by chunk; guarded by locked_
  std::uint64_t claimed_ = 0;  // written by the sender under locked_
};

}  // namespace factorwal::channel
