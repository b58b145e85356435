#pragma once
/// The bytes of a ring. docs/format.md explains them.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/crc32c.h"
#include "channel/entry.h"

namespace factorwal::channel {

inline constexpr std::uint32_t kRingVersion = 2;
inline constexpr std::array<char, 8> kRingMagic = {'F', 'W', 'A', 'L', 'R', 'N', 'G', '\n'};

/// Header and control come first, then the block of entries.
inline constexpr std::size_t kRingHeaderBytes = 4096;
inline constexpr std::size_t kRingChecksumOffset = 8;
inline constexpr std::size_t kRingCheckedFrom = 12;
inline constexpr std::size_t kRingCheckedTo = 1024;
inline constexpr std::size_t kRingControlOffset = 1024;

/// The part that changes. Positions count bytes and never wrap. Sender and persister write to
/// separate cache lines.
struct RingControl {
  alignas(64) std::atomic<std::uint64_t> head{0};  // published up to here
  // Stored in this order, the ordinal first: a process that dies between the two leaves a tail
  // whose entries are known to be released, never the reverse.
  alignas(64) std::atomic<std::uint64_t> released_ordinal{0};
  std::atomic<std::uint64_t> tail{0};  // released up to here
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(RingControl) == 128);

/// What the checksum of an entry goes on from: its place and size.
[[nodiscard]] inline std::uint32_t checksum_start(std::uint64_t ring, std::uint64_t position,
                                                  std::size_t size) noexcept {
  const std::uint64_t place = ring ^ (position * 0x9e3779b97f4a7c15U);
  const auto seed = static_cast<std::uint32_t>(place ^ (place >> 32));
  return seed ^ static_cast<std::uint32_t>(size);
}

/// Of an entry at that position of that ring: one of another ring, of another place or of an
/// earlier round does not pass.
[[nodiscard]] inline std::uint32_t entry_checksum(std::uint64_t ring, std::uint64_t position,
                                                  ByteView entry) noexcept {
  return crc32c(entry.subspan(sizeof(std::uint64_t)), checksum_start(ring, position, entry.size()));
}

}  // namespace factorwal::channel
