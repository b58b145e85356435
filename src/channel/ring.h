#pragma once
/// A bounded single-producer single-consumer ring of binary entries over one block of memory, which
/// may outlive the process. The producer reserves, fills, publishes; the consumer takes entries in
/// order and releases their space later, when they are durable. No locks, no allocation.

#include <bit>

#include "base/check.h"
#include "channel/ring_format.h"

namespace factorwal::channel {

class Ring {
 public:
  /// `memory` is zeroed, begins at a cache line and has `kRingHeaderBytes` and a power of two of
  /// bytes. It must outlive the ring.
  Ring(std::span<std::byte> memory, std::uint64_t identity)
      : control_(new (memory.data() + kRingControlOffset) RingControl),
        block_(memory.data() + kRingHeaderBytes),
        capacity_(memory.size() - kRingHeaderBytes),
        identity_(identity) {
    FACTORWAL_CHECK(std::has_single_bit(capacity_));
  }

  [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// The largest entry that fits, header included.
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept { return capacity_ / 2; }

  // ---- Producer

  /// Space for an entry of `size` bytes (a multiple of 8), or null when the ring is full.
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept {
    const auto at = static_cast<std::size_t>(head_ & (capacity_ - 1));
    const auto contiguous = capacity_ - at;
    const bool wraps = size > contiguous;
    const auto need = wraps ? contiguous + size : size;
    if (need > capacity_ - (head_ - known_tail_)) {
      known_tail_ = control_->tail.load(std::memory_order_acquire);
      if (need > capacity_ - (head_ - known_tail_)) return nullptr;
    }
    reserved_ = wraps ? head_ + contiguous : head_;
    return block_ + (wraps ? 0 : at);
  }

  /// Makes the reserved entry visible to the consumer and to whoever reads the ring after us.
  /// Returns its ordinal: records are 1, 2, ...; a definition has that of the record after it.
  std::uint64_t publish() noexcept {
    if (reserved_ != head_) skip_rest();
    auto* entry = block_ + (reserved_ & (capacity_ - 1));
    auto header = load_entry<EntryHeader>(entry);
    const auto ordinal = next_ordinal_;
    if (is_record(header.kind())) ++next_ordinal_;
    seal(entry, header, reserved_, ordinal);
    head_ = reserved_ + header.size;
    control_->head.store(head_, std::memory_order_release);
    return ordinal;
  }

  // ---- Consumer

  /// The next entry that was published, or null. It stays in place until released.
  [[nodiscard]] const std::byte* take(std::uint64_t limit) noexcept {
    while (taken_ < limit) {
      const auto at = taken_ & (capacity_ - 1);
      const auto contiguous = capacity_ - at;
      if (contiguous < sizeof(EntryHeader)) {
        taken_ += contiguous;
        continue;
      }
      const auto* entry = block_ + at;
      const auto header = load_entry<EntryHeader>(entry);
      taken_ += header.size;
      if (is_record(header.kind())) taken_ordinal_ = header.ordinal();
      if (header.kind() != EntryKind::kSkip) return entry;
    }
    return nullptr;
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
    control_->tail.store(taken_, std::memory_order_release);
  }

  /// Bytes published and not yet released. Any thread.
  [[nodiscard]] std::uint64_t bytes_held() const noexcept {
    const auto tail = control_->tail.load(std::memory_order_acquire);
    const auto head = control_->head.load(std::memory_order_acquire);
    return head - tail;
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
  // The consumer's.
  alignas(64) std::uint64_t taken_ = 0;
  std::uint64_t taken_ordinal_ = 0;
};

}  // namespace factorwal::channel
