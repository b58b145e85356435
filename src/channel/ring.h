#pragma once
/// A bounded single-producer single-consumer ring of binary entries over one block of memory, which
/// may outlive the process. The producer reserves, fills, publishes; the consumer takes entries in
/// order and releases their space later, when they are durable. No locks, no allocation.
///
/// The block may have its memory only in part: the producer says how far it may go (RingPages).

#include <algorithm>
#include <bit>
#include <concepts>

#include "base/check.h"
#include "base/crc32c_words.h"
#include "channel/ring_format.h"

namespace factorwal::channel {

class Ring {
 public:
  /// `memory` is zeroed, begins at a cache line and has `kRingHeaderBytes` and a power of two of
  /// bytes; header and control can be touched. It must outlive the ring. `marks_end`: for a
  /// RingFile.
  Ring(std::span<std::byte> memory, std::uint64_t identity, bool marks_end = false)
      : control_(new (memory.data() + kRingControlOffset) RingControl),
        block_(memory.data() + kRingHeaderBytes),
        capacity_(memory.size() - kRingHeaderBytes),
        identity_(identity),
        marks_end_(marks_end) {
    FACTORWAL_CHECK(std::has_single_bit(capacity_));
  }

  [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// The largest entry that fits, header included.
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept { return capacity_ / 2; }

  // ---- Producer

  /// Positions before this can be written to.
  void set_ready(std::uint64_t position) noexcept {
    ready_ = position;
    note_room();
  }

  /// Whether an entry of `size` bytes has its place right behind the last one, as far as is known
  /// without asking the consumer.
  [[nodiscard]] bool has_room(std::size_t size) const noexcept { return head_ + size <= room_end_; }
  /// Stores a record in its place and shows it: what `reserve` and `publish` do, for content of a
  /// few words. Returns its ordinal. Requires: there is room for it.
  template <std::same_as<std::uint64_t>... Words>
  [[gnu::always_inline]] std::uint64_t put(EntryKind kind, std::uint64_t stamp,
                                           Words... content) noexcept {
    constexpr auto kSize = sizeof(EntryHeader) + sizeof...(content) * sizeof(std::uint64_t);
    const auto ordinal = next_ordinal_++;
    const auto kind_and_ordinal = static_cast<std::uint64_t>(kind) | ordinal << 8;
    const std::uint64_t checksum =
        crc32c_words(checksum_start(identity_, head_, kSize), kind_and_ordinal, stamp, content...);
    auto* at = block_ + (head_ & (capacity_ - 1));
    // One by one: in registers until then.
    const auto store_next = [&at](std::uint64_t word) {
      store(at, word);
      at += sizeof word;
    };
    store_next(kSize | checksum << 32);
    store_next(kind_and_ordinal);
    store_next(stamp);
    (store_next(content), ...);
    head_ += kSize;
    control_->head.store(head_, std::memory_order_release);
    return ordinal;
  }

  /// Space for an entry of `size` bytes (a multiple of 8), or null when the ring is full, or is not
  /// ready so far.
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept {
    reserved_bytes_ = size;
    if (has_room(size)) {
      reserved_ = head_;
      return block_ + (head_ & (capacity_ - 1));
    }
    const auto needed = find_space(size);
    if (needed == 0 || needed > ready_) return nullptr;
    return block_ + (reserved_ & (capacity_ - 1));
  }
  /// The position up to which the ring must be ready to take such an entry; 0 when it is full.
  [[nodiscard]] std::uint64_t find_space(std::size_t size) noexcept {
    const auto at = static_cast<std::size_t>(head_ & (capacity_ - 1));
    const auto contiguous = capacity_ - at;
    const bool wraps = size > contiguous;
    const auto need = wraps ? contiguous + size : size;
    if (need > capacity_ - (head_ - known_tail_)) {
      known_tail_ = control_->tail.load(std::memory_order_acquire);
      if (need > capacity_ - (head_ - known_tail_)) return 0;
    }
    note_room();
    reserved_ = wraps ? head_ + contiguous : head_;
    // A marker may have to find room behind it.
    return reserved_ + size + sizeof(EntryHeader);
  }

  /// Makes the reserved entry, whose content is there behind the space of its header, visible to
  /// the consumer and to whoever reads the ring after us. `stamp`: of a record; 0 for a definition.
  /// Returns its ordinal: records are 1, 2, ...; a definition has that of the record after it.
  std::uint64_t publish(EntryKind kind, std::uint64_t stamp) noexcept {
    const auto ordinal = seal(kind, stamp);
    show();
    return ordinal;
  }

  /// The two steps of `publish`. What is sealed is complete, and invisible until it is shown.
  std::uint64_t seal(EntryKind kind, std::uint64_t stamp) noexcept {
    if (reserved_ != head_) skip_rest();
    const auto ordinal = next_ordinal_;
    if (is_record(kind)) ++next_ordinal_;
    store_header(reserved_, reserved_bytes_, kind, ordinal, stamp);
    if (marks_end_) mark_end();
    return ordinal;
  }
  void show() noexcept {
    head_ = sealed_end();
    control_->head.store(head_, std::memory_order_release);
  }

  /// Between `seal` and `show`: what was stored, and where in the block.
  struct Stored {
    std::size_t at = 0;
    ByteView bytes;
  };
  [[nodiscard]] Stored sealed_skip() const noexcept {
    const auto contiguous = reserved_ - head_;
    const auto at = static_cast<std::size_t>(head_ & (capacity_ - 1));
    return {at, {block_ + at, contiguous < sizeof(EntryHeader) ? 0 : sizeof(EntryHeader)}};
  }
  [[nodiscard]] Stored sealed_entry() const noexcept {
    const auto at = static_cast<std::size_t>(reserved_ & (capacity_ - 1));
    return {at, {block_ + at, reserved_bytes_ + end_mark_bytes_}};
  }
  [[nodiscard]] std::uint64_t sealed_end() const noexcept { return reserved_ + reserved_bytes_; }
  [[nodiscard]] std::uint64_t shown() const noexcept { return head_; }
  /// Positions before this are free again.
  [[nodiscard]] std::uint64_t released() const noexcept {
    return control_->tail.load(std::memory_order_acquire);
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
    }
    return nullptr;
  }
  /// The next entry before `limit`, or null. It stays in place until released.
  [[nodiscard]] const std::byte* take(std::uint64_t limit) noexcept {
    const auto* entry = peek(limit);
    if (entry == nullptr) return nullptr;
    pass(load_entry<EntryHeader>(entry));
    return entry;
  }
  /// Takes the entry that `peek` has shown. `header`: its own.
  void pass(const EntryHeader& header) noexcept {
    taken_ += header.size;
    if (is_record(header.kind())) taken_ordinal_ = header.ordinal();
  }
  /// Takes records of stamps before `stamp` one after the other for as long as `take`, which is
  /// called with each one's kind and entry, returns true; at `limit` and at the block's end it
  /// stops, too. One at which `take` throws stays the next one. `take` refuses what is no record.
  /// Returns the stamp at which it stopped, 0 if it stopped for another reason.
  template <class Take>
  std::uint64_t take_each(std::uint64_t limit, std::uint64_t stamp, Take take) {
    // In registers until the end.
    struct Taking {
      Ring& ring;
      std::uint64_t position;
      std::uint64_t ordinal;
      ~Taking() {
        ring.taken_ = position;
        ring.taken_ordinal_ = ordinal;
      }
    };
    const auto round_end = taken_ - (taken_ & (capacity_ - 1)) + capacity_;
    const auto end = std::min(limit, round_end);
    const auto* at = block_ + (taken_ & (capacity_ - 1));
    Taking next{*this, taken_, taken_ordinal_};
    while (next.position + sizeof(EntryHeader) <= end) {
      const auto size = load<std::uint32_t>(at + offsetof(EntryHeader, size));
      const auto tag = load<std::uint64_t>(at + offsetof(EntryHeader, kind_and_ordinal));
      const auto stamp_here = load<std::uint64_t>(at + offsetof(EntryHeader, stamp));
      if (stamp_here >= stamp) return stamp_here;
      if (!take(static_cast<EntryKind>(tag & 0xff), at)) break;
      at += size;
      next.position += size;
      next.ordinal = tag >> 8;
    }
    return 0;
  }
  /// Where publishing stands: the limit for `take`.
  [[nodiscard]] std::uint64_t published() const noexcept {
    return control_->head.load(std::memory_order_acquire);
  }
  /// Positions before this were taken.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
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
  /// Whether everything published is released. Exact for the consumer; for others of a moment ago.
  [[nodiscard]] bool drained() const noexcept {
    return control_->tail.load(std::memory_order_acquire) ==
           control_->head.load(std::memory_order_acquire);
  }

 private:
  /// An entry that is marked as the last takes two steps, and has no place at once.
  void note_room() noexcept {
    const auto block_end = head_ - (head_ & (capacity_ - 1)) + capacity_;
    // As in find_space, a marker may have to find room behind an entry.
    room_end_ = marks_end_ ? 0
                           : std::min({block_end, known_tail_ + capacity_,
                                       ready_ - std::min(ready_, sizeof(EntryHeader))});
  }
  [[nodiscard]] static std::uint64_t tag_of(EntryKind kind, std::uint64_t ordinal) noexcept {
    return static_cast<std::uint64_t>(kind) | ordinal << 8;
  }
  [[nodiscard]] static std::uint64_t size_and_checksum(std::size_t size,
                                                       std::uint32_t checksum) noexcept {
    return size | std::uint64_t{checksum} << 32;
  }
  /// One by one: in registers until then. What is stored in parts and loaded as a whole waits.
  template <std::same_as<std::uint64_t>... Words>
  [[gnu::always_inline]] static void store_words(std::byte* at, Words... words) noexcept {
    ((store(at, words), at += sizeof words), ...);
  }
  /// In front of its content, which is there, and is of use for all but a skip.
  void store_header(std::uint64_t position, std::size_t size, EntryKind kind, std::uint64_t ordinal,
                    std::uint64_t stamp) noexcept {
    auto* at = block_ + (position & (capacity_ - 1));
    const auto covered = kind == EntryKind::kSkip ? sizeof(EntryHeader) : size;
    const auto tag = tag_of(kind, ordinal);
    const auto of_header = crc32c_words(checksum_start(identity_, position, covered), tag, stamp);
    const auto checksum =
        crc32c({at + sizeof(EntryHeader), covered - sizeof(EntryHeader)}, of_header);
    store_words(at, size_and_checksum(size, checksum), tag, stamp);
  }
  /// Behind what was sealed, where the next entry will be, if that is right behind it.
  void mark_end() noexcept {
    end_mark_bytes_ = 0;
    const auto end = sealed_end();
    const auto at = static_cast<std::size_t>(end & (capacity_ - 1));
    if (at == 0 || at + sizeof(EntryHeader) > capacity_ ||
        end + sizeof(EntryHeader) - known_tail_ > capacity_) {
      return;
    }
    store_header(end, sizeof(EntryHeader), EntryKind::kEnd, next_ordinal_, 0);
    end_mark_bytes_ = sizeof(EntryHeader);
  }
  /// A marker says that the rest of the block is not used; where not even a marker fits, none is
  /// needed.
  void skip_rest() noexcept {
    const auto contiguous = static_cast<std::size_t>(reserved_ - head_);
    if (contiguous < sizeof(EntryHeader)) return;
    store_header(head_, contiguous, EntryKind::kSkip, next_ordinal_, 0);
  }

  RingControl* const control_;
  std::byte* const block_;
  const std::size_t capacity_;
  const std::uint64_t identity_;
  const bool marks_end_;
  // The producer's.
  alignas(64) std::uint64_t head_ = 0;
  std::uint64_t known_tail_ = 0;
  std::uint64_t reserved_ = 0;
  std::size_t reserved_bytes_ = 0;
  std::uint64_t next_ordinal_ = 1;
  std::size_t end_mark_bytes_ = 0;
  std::uint64_t ready_ = 0;
  std::uint64_t room_end_ = 0;
  // The consumer's.
  alignas(64) std::uint64_t taken_ = 0;
  std::uint64_t taken_ordinal_ = 0;
};

}  // namespace factorwal::channel
