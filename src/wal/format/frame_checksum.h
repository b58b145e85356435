#pragma once
/// What a frame's checksum covers: its segment's identity, its offset there, and the bytes after
/// the checksum up to the end of its head. So a frame that was moved, or comes from another
/// segment, does not fit. Chunks behind the head have checksums in the head.

#include <optional>

#include "base/crc32c.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

/// Where the parts of a frame end.
struct FrameExtent {
  std::uint64_t marks = 0;   ///< end of the ring marks
  std::uint64_t chunks = 0;  ///< how many there are
  std::uint64_t head = 0;    ///< end of what the checksum covers
};

/// As the header says, true or not: nothing beyond the frame when it lies, or nothing at all.
[[nodiscard]] inline std::optional<FrameExtent> find_extent(ByteView frame) noexcept {
  FrameExtent extent;
  const auto* at = frame.data();
  extent.marks = kFrameHeaderBytes +
                 std::uint64_t{load<std::uint32_t>(at + kFrameRecordBytesOffset)} +
                 std::uint64_t{load<std::uint16_t>(at + kFrameRingCountOffset)} * kFrameRingBytes;
  extent.head = frame.size();
  if (extent.marks > frame.size()) return std::nullopt;
  if ((static_cast<std::uint8_t>(at[kFrameFlagsOffset]) & kFrameHasChunks) == 0) return extent;
  if (extent.marks + sizeof(std::uint32_t) > frame.size()) return std::nullopt;
  extent.chunks = load<std::uint32_t>(at + extent.marks);
  extent.head = align_up(extent.marks + sizeof(std::uint32_t) + extent.chunks * kFrameChunkBytes);
  if (extent.chunks == 0 || extent.head + kFrameChunkSlack > frame.size()) return std::nullopt;
  return extent;
}

/// `covered`: the frame up to the end of its head.
[[nodiscard]] inline std::uint32_t frame_checksum(const Identity& segment, std::uint64_t offset,
                                                  ByteView covered) noexcept {
  std::byte place[sizeof(Identity) + sizeof offset];
  std::memcpy(place, segment.data(), sizeof(Identity));
  store(place + sizeof(Identity), offset);
  return crc32c(covered.subspan(kFrameLengthOffset), crc32c(place));
}

}  // namespace factorwal::wal
