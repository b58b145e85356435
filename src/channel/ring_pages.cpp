#include "channel/ring_pages.h"

#include <algorithm>
#include <thread>

namespace factorwal::channel {

/// A signal handler may send, and then claim; a mutex is not for handlers.
class RingPages::Guard {
 public:
  explicit Guard(std::atomic<bool>& locked) : locked_(locked) {
    while (locked_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Guard() { locked_.store(false, std::memory_order_release); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  std::atomic<bool>& locked_;
};

RingPages::RingPages(RingMemory& memory, std::size_t capacity)
    : memory_(memory),
      capacity_(capacity),
      present_(capacity / kChunkBytes),
      claimed_(memory.usable == capacity ? kWhole : memory.usable) {
  std::fill_n(present_.begin(), memory.usable / kChunkBytes, true);
}

Status RingPages::claim(std::uint64_t position) {
  const Guard guard(locked_);
  while (claimed_ < position) {
    if (auto done = take(index_of(claimed_)); !done) return done;
    claimed_ += kChunkBytes;
  }
  return {};
}

Status RingPages::claim_whole() {
  const Guard guard(locked_);
  // In one: what there is not enough of is refused before any of it is taken.
  const auto missing = std::ranges::find(present_, false);
  const auto first = static_cast<std::size_t>(missing - present_.begin()) * kChunkBytes;
  if (first < capacity_) {
    if (auto done = memory_.allocate(first, capacity_ - first); !done) return done;
  }
  present_.assign(present_.size(), true);
  claimed_ = kWhole;
  return {};
}

Status RingPages::take(std::size_t chunk) {
  if (present_[chunk]) return {};
  if (auto done = memory_.allocate(chunk * kChunkBytes, kChunkBytes); !done) return done;
  present_[chunk] = true;
  return {};
}

void RingPages::give_back(std::uint64_t tail) {
  const Guard guard(locked_);
  if (claimed_ == kWhole) return;
  // The last round's chunks behind the tail, but for those that serve the sender in this round.
  auto position = claimed_ < capacity_ ? 0 : claimed_ - capacity_;
  for (; position + kChunkBytes <= tail; position += kChunkBytes) {
    const auto chunk = index_of(position);
    if (!present_[chunk] || !memory_.discard(chunk * kChunkBytes, kChunkBytes)) continue;
    present_[chunk] = false;
  }
}

}  // namespace factorwal::channel
