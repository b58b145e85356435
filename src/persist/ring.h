#pragma once
/// A bounded single-producer single-consumer ring of binary entries over one block of memory.
/// The producer reserves, fills, publishes; the consumer takes entries in order and releases their
/// space later, when they are durable. No locks, no allocation after construction.

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/coding.h"
#include "persist/entry.h"

namespace factorwal::persist {

class Ring {
 public:
  explicit Ring(std::size_t capacity_bytes)
      : capacity_(std::bit_ceil(capacity_bytes)), memory_(new std::byte[capacity_]) {}

  /// The largest entry that fits, header included.
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept { return capacity_ / 2; }

  // ---- Producer

  /// Space for an entry of `size` bytes (a multiple of 8), or null when the ring is full.
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept {
    const auto head = head_.load(std::memory_order_relaxed);
    const auto at = static_cast<std::size_t>(head & (capacity_ - 1));
    const auto contiguous = capacity_ - at;
    const auto need = size <= contiguous ? size : contiguous + size;
    if (need > capacity_ - (head - known_tail_)) {
      known_tail_ = tail_.load(std::memory_order_acquire);
      if (need > capacity_ - (head - known_tail_)) return nullptr;
    }
    if (size > contiguous) {
      // The rest of the block is skipped; a marker says so. Sizes are multiples of 8, so there is
      // always room for it.
      const EntryHeader skip{static_cast<std::uint32_t>(contiguous), EntryKind::kSkip};
      std::memcpy(memory_.get() + at, &skip, sizeof skip);
      reserved_ = head + contiguous + size;
      return memory_.get();
    }
    reserved_ = head + size;
    return memory_.get() + at;
  }

  /// Makes the reserved entry visible to the consumer.
  void publish() noexcept { head_.store(reserved_, std::memory_order_release); }

  // ---- Consumer

  /// The next entry that was published, or null. It stays in place until released.
  [[nodiscard]] const std::byte* take(std::uint64_t limit) noexcept {
    while (taken_ < limit) {
      const auto* entry = memory_.get() + (taken_ & (capacity_ - 1));
      EntryHeader header;
      std::memcpy(&header, entry, sizeof header);
      taken_ += header.size;
      if (header.kind != EntryKind::kSkip) return entry;
    }
    return nullptr;
  }
  /// Where publishing stands: the limit for `take`.
  [[nodiscard]] std::uint64_t published() const noexcept {
    return head_.load(std::memory_order_acquire);
  }
  /// Gives the space of all taken entries back.
  void release() noexcept { tail_.store(taken_, std::memory_order_release); }

  /// Bytes published and not yet released. Any thread.
  [[nodiscard]] std::uint64_t bytes_held() const noexcept {
    const auto tail = tail_.load(std::memory_order_acquire);
    const auto head = head_.load(std::memory_order_acquire);
    return head - tail;
  }

 private:
  const std::size_t capacity_;
  const std::unique_ptr<std::byte[]> memory_;
  // Positions count bytes and never wrap. Producer and consumer write to separate cache lines.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t known_tail_ = 0;
  std::uint64_t reserved_ = 0;
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t taken_ = 0;
};

}  // namespace factorwal::persist
