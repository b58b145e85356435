#pragma once
/// The binary entries of the channel: what a sender leaves in its ring. docs/format.md explains the
/// bytes. All sizes are multiples of 8.
///
/// Every record carries its stamp: its place in the order in which the log's senders had their
/// records accepted. A ring alone holds one sender's records in order; stamps order those of all.

#include <cstdint>

#include "base/coding.h"
#include "factorwal/record.h"

namespace factorwal::channel {

enum class EntryKind : std::uint8_t {
  kSkip = 0,  ///< the rest of the block is not used
  kUpdate = 1,
  kVectorUpdate = 2,
  kSnapshot = 3,
  kTick = 4,
  kTime = 5,
  kPosition = 6,
  kUncountedTick = 0x0c,  ///< a tick whose number is no count; see TickNumber
  // Definitions come before the first entry that uses them, so that a ring can be read without the
  // process that filled it.
  kInstrument = 0x21,
  kFactor = 0x22,
  kLayout = 0x23,
  kEnd = 0x24,  ///< nothing follows yet; in files, so that a lost last entry is noticed
};

/// Records are counted; definitions and skips are not.
[[nodiscard]] constexpr bool is_record(EntryKind kind) noexcept {
  return kind != EntryKind::kSkip && kind < EntryKind::kInstrument;
}

[[nodiscard]] constexpr bool is_tick(EntryKind kind) noexcept {
  return kind == EntryKind::kTick || kind == EntryKind::kUncountedTick;
}

struct EntryHeader {
  std::uint32_t size = 0;              // of the whole entry
  std::uint32_t checksum = 0;          // of ring, position, size and what follows
  std::uint64_t kind_and_ordinal = 0;  // low byte: kind; the rest: which record of the ring
  std::uint64_t stamp = 0;             // from 1, over all rings of an open log; 0: no record

  static constexpr EntryHeader of(std::size_t size, EntryKind kind) noexcept {
    return {static_cast<std::uint32_t>(size), 0, static_cast<std::uint64_t>(kind), 0};
  }
  [[nodiscard]] constexpr EntryKind kind() const noexcept {
    return static_cast<EntryKind>(kind_and_ordinal & 0xff);
  }
  [[nodiscard]] constexpr std::uint64_t ordinal() const noexcept { return kind_and_ordinal >> 8; }
};
static_assert(sizeof(EntryHeader) == 24);

struct UpdateEntry {
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t factor;
  std::int64_t timestamp_ns;
  double value;
};
static_assert(sizeof(UpdateEntry) == 48);

struct VectorEntry {  // then `count` doubles
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t factor;
  std::int64_t timestamp_ns;
  std::uint64_t count;
};
static_assert(sizeof(VectorEntry) == 48);

struct SnapshotEntry {  // then `count` pairs of u32 factor and f64 value, 12 bytes each
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t count;
  std::uint64_t checkpoint_id;
  std::int64_t timestamp_ns;  // kNoTimestamp: what the log knows of the instrument
};
static_assert(sizeof(SnapshotEntry) == 48);
inline constexpr std::size_t kSnapshotPairBytes = 12;

struct TickEntry {  // then `value_count` doubles, then the position
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t layout;
  std::int64_t timestamp_ns;
  std::uint64_t ordinal;
  std::uint32_t value_count;
  std::uint32_t position_bytes;

  [[nodiscard]] constexpr TickNumber tick_number() const noexcept {
    return {ordinal, header.kind() != EntryKind::kUncountedTick};
  }
};
static_assert(sizeof(TickEntry) == 56);

struct TimeEntry {
  EntryHeader header;
  std::int64_t timestamp_ns;
};
static_assert(sizeof(TimeEntry) == 32);

struct PositionEntry {  // then the position
  EntryHeader header;
  std::uint64_t position_bytes;
};
static_assert(sizeof(PositionEntry) == 32);

struct DefinitionEntry {  // then the id, or the layout
  EntryHeader header;
  std::uint32_t handle;
  std::uint32_t bytes;
};
static_assert(sizeof(DefinitionEntry) == 32);

[[nodiscard]] constexpr std::size_t entry_bytes(std::size_t fixed, std::size_t variable) noexcept {
  return (fixed + variable + 7) / 8 * 8;
}

template <class Entry>
[[nodiscard]] Entry load_entry(const std::byte* at) noexcept {
  Entry entry;
  std::memcpy(&entry, at, sizeof entry);
  return entry;
}

}  // namespace factorwal::channel
