#pragma once
/// The binary entries of the channel. All sizes are multiples of 8.

#include <cstdint>

#include "base/coding.h"

namespace factorwal::persist {

enum class EntryKind : std::uint32_t {
  kSkip = 0,
  kUpdate = 1,
  kVectorUpdate = 2,
  kSnapshot = 3,
  kTick = 4,
  kTime = 5,
  kPosition = 6,
};

struct EntryHeader {
  std::uint32_t size;  // of the whole entry
  EntryKind kind;
};

struct UpdateEntry {
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t factor;
  std::int64_t timestamp_ns;
  double value;
};
static_assert(sizeof(UpdateEntry) == 32);

struct VectorEntry {  // then `count` doubles
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t factor;
  std::int64_t timestamp_ns;
  std::uint64_t count;
};
static_assert(sizeof(VectorEntry) == 32);

struct SnapshotEntry {  // then `count` pairs of u32 factor and f64 value, 12 bytes each
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t count;
  std::uint64_t checkpoint_id;
  std::int64_t timestamp_ns;  // kNoTimestamp: what the log knows of the instrument
};
static_assert(sizeof(SnapshotEntry) == 32);

struct TickEntry {  // then `value_count` doubles, then the position
  EntryHeader header;
  std::uint32_t instrument;
  std::uint32_t layout;
  std::int64_t timestamp_ns;
  std::uint64_t ordinal;
  std::uint32_t value_count;
  std::uint32_t position_bytes;
};
static_assert(sizeof(TickEntry) == 40);

struct TimeEntry {
  EntryHeader header;
  std::int64_t timestamp_ns;
};
static_assert(sizeof(TimeEntry) == 16);

struct PositionEntry {  // then the position
  EntryHeader header;
  std::uint64_t position_bytes;
};
static_assert(sizeof(PositionEntry) == 16);

[[nodiscard]] constexpr std::size_t entry_bytes(std::size_t fixed, std::size_t variable) noexcept {
  return (fixed + variable + 7) / 8 * 8;
}

template <class Entry>
[[nodiscard]] Entry load_entry(const std::byte* at) noexcept {
  Entry entry;
  std::memcpy(&entry, at, sizeof entry);
  return entry;
}

}  // namespace factorwal::persist
