#pragma once
/// What a frame's checksum covers: its segment's identity, its offset there, and all its bytes
/// after the checksum. So a frame that was moved, or comes from another segment, does not fit.

#include "base/crc32c.h"
#include "wal/wal_format.h"

namespace factorwal::wal {

[[nodiscard]] inline std::uint32_t frame_checksum(const Identity& segment, std::uint64_t offset,
                                                  ByteView frame) noexcept {
  std::byte place[sizeof(Identity) + sizeof offset];
  std::memcpy(place, segment.data(), sizeof(Identity));
  store(place + sizeof(Identity), offset);
  return crc32c(frame.subspan(kFrameLengthOffset), crc32c(place));
}

}  // namespace factorwal::wal
