#pragma once
/// A bounded single-producer single-consumer ring of binary entries over one block of memory, which
/// may outlive the process. The producer reserves, fills, publishes; the consumer takes entries in
/// order and releases their space later, when they are durable. No locks, no allocation.
///
/// The block may be larger than what is allocated of it: the ring uses the part that is there, and
/// the rest once the producer has it allocated.

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "channel/ring_format.h"

namespace factorwal::channel {

class Ring {
 public:
  /// `memory` is zeroed, begins at a cache line and has `kRingHeaderBytes` and a power of two of
  /// bytes, the first `usable` of which can be touched. It must outlive the ring.
  Ring(std::span<std::byte> memory, std::uint64_t identity, std::size_t usable)
      : control_(new (memory.data() + kRingControlOffset) RingControl),
        block_(memory.data() + kRingHeaderBytes),
        capacity_(memory.size() - kRingHeaderBytes),
        identity_(identity) {
    FACTORWAL_CHECK(std::has_single_bit(capacity_));
    set_usable(usable);
  }

  [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// The largest entry that fits once all of the block is usable, header included.
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept { return capacity_ / 2; }

  // ---- Producer

  /// Bytes of the block that are allocated.
  [[nodiscard]] std::size_t usable() const noexcept { return usable_; }
  /// From here on that many are.
  void set_usable(std::size_t bytes) noexcept {
    usable_ = bytes;
    // A skip's marker must find room wherever an entry may end, but at the block's own end.
    end_ = bytes == capacity_ ? bytes : bytes - sizeof(EntryHeader);
  }
  /// The largest entry that fits into what is usable now, wherever the ring stands.
  [[nodiscard]] std::size_t usable_entry_bytes_max() const noexcept { return end_ / 2; }

  /// Space for an entry of `size` bytes (a multiple of 8), or null when the ring is full, or has
  /// too little of its block.
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept {
    const auto at = static_cast<std::size_t>(head_ & (capacity_ - 1));
    const auto contiguous = capacity_ - at;
    const bool wraps = size > end_ - at;
    const auto need = wraps ? contiguous + size : size;
    if (need > capacity_ - (head_ - known_tail_)) {
      known_tail_ = control_->tail.load(std::memory_order_acquire);
      if (need > capacity_ - (head_ - known_tail_)) return nullptr;
    }
    if (size > end_) return nullptr;
    reserved_ = wraps ? head_ + contiguous : head_;
    return block_ + (wraps ? 0 : at);
  }

  /// Makes the reserved entry visible to the consumer and to whoever reads the ring after us.
  /// `stamp`: of a record; 0 for a definition. Returns its ordinal: records are 1, 2, ...; a
  /// definition has that of the record after it.
  std::uint64_t publish(std::uint64_t stamp) noexcept {
    if (reserved_ != head_) skip_rest();
    auto* entry = block_ + (reserved_ & (capacity_ - 1));
    auto header = load_entry<EntryHeader>(entry);
    header.stamp = stamp;
    const auto ordinal = next_ordinal_;
    if (is_record(header.kind())) ++next_ordinal_;
    seal(entry, header, reserved_, ordinal);
    head_ = reserved_ + header.size;
    control_->head.store(head_, std::memory_order_release);
    return ordinal;
  }

  // ---- Consumer

  /// The next entry before `limit`, which stays the next one; null when there is none.
  [[nodiscard]] const std::byte* peek(std::uint64_t limit) noexcept {
    while (taken_ < limit) {
      const auto at = taken_ & (capacity_ - 1);
      const auto contiguous = capacity_ - at;
      const auto* entry = block_ + at;
      if (contiguous >= sizeof(EntryHeader) &&
          load_entry<EntryHeader>(entry).kind() != EntryKind::kSkip) {
        return entry;
      }
      taken_ += contiguous;
      skipped_taken_ += contiguous;
    }
    return nullptr;
  }
  /// The next entry before `limit`, or null. It stays in place until released.
  [[nodiscard]] const std::byte* take(std::uint64_t limit) noexcept {
    const auto* entry = peek(limit);
    if (entry == nullptr) return nullptr;
    const auto header = load_entry<EntryHeader>(entry);
    taken_ += header.size;
    if (is_record(header.kind())) taken_ordinal_ = header.ordinal();
    return entry;
  }
  /// Where publishing stands: the limit for `take`.
  [[nodiscard]] std::uint64_t published() const noexcept {
    return control_->head.load(std::memory_order_acquire);
  }
  /// The last record taken.
  [[nodiscard]] std::uint64_t taken_ordinal() const noexcept { return taken_ordinal_; }
  /// Gives the space of all taken entries back.
  void release() noexcept {
    control_->released_ordinal.store(taken_ordinal_, std::memory_order_release);
    skipped_released_.store(skipped_taken_, std::memory_order_relaxed);
    control_->tail.store(taken_, std::memory_order_release);
  }

  /// Bytes that entries published and not yet released take. Any thread.
  [[nodiscard]] std::uint64_t bytes_held() const noexcept {
    const auto tail = control_->tail.load(std::memory_order_acquire);
    const auto skipped_before = skipped_released_.load(std::memory_order_relaxed);
    const auto head = control_->head.load(std::memory_order_acquire);
    const auto skipped = skipped_.load(std::memory_order_relaxed) - skipped_before;
    return head - tail - std::min(skipped, head - tail);
  }
  /// Whether everything published is released. Exact for the consumer; for others of a moment ago.
  [[nodiscard]] bool drained() const noexcept {
    return control_->tail.load(std::memory_order_acquire) ==
           control_->head.load(std::memory_order_acquire);
  }

 private:
  void seal(std::byte* entry, EntryHeader header, std::uint64_t position,
            std::uint64_t ordinal) noexcept {
    header.kind_and_ordinal |= ordinal << 8;
    std::memcpy(entry, &header, sizeof header);
    header.checksum = entry_checksum(identity_, position, {entry, header.size});
    std::memcpy(entry + offsetof(EntryHeader, checksum), &header.checksum, sizeof header.checksum);
  }
  /// A marker says that the rest of the block is not used; where not even a marker fits, none is
  /// needed.
  void skip_rest() noexcept {
    const auto contiguous = static_cast<std::size_t>(reserved_ - head_);
    skipped_.store(skipped_.load(std::memory_order_relaxed) + contiguous,
                   std::memory_order_relaxed);
    if (contiguous < sizeof(EntryHeader)) return;
    auto* at = block_ + (head_ & (capacity_ - 1));
    auto skip = EntryHeader::of(contiguous, EntryKind::kSkip);
    skip.kind_and_ordinal |= next_ordinal_ << 8;
    std::memcpy(at, &skip, sizeof skip);
    // Its checksum is of the header alone: the rest holds old entries.
    skip.checksum = entry_checksum(identity_, head_, {at, sizeof skip});
    std::memcpy(at + offsetof(EntryHeader, checksum), &skip.checksum, sizeof skip.checksum);
  }

  RingControl* const control_;
  std::byte* const block_;
  const std::size_t capacity_;
  const std::uint64_t identity_;
  // The producer's.
  alignas(64) std::uint64_t head_ = 0;
  std::uint64_t known_tail_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t next_ordinal_ = 1;
  std::size_t usable_ = 0;
  std::size_t end_ = 0;  // no entry ends behind it
  std::atomic<std::uint64_t> skipped_{0};
  // The consumer's.
  alignas(64) std::uint64_t taken_ = 0;
  std::uint64_t taken_ordinal_ = 0;
  std::uint64_t skipped_taken_ = 0;
  std::atomic<std::uint64_t> skipped_released_{0};
};

}  // namespace factorwal::channel
