#pragma once
/// A frame as read: its header's numbers, and its place.

#include <optional>
#include <vector>

#include "wal/chunk/block_format.h"
#include "wal/format/frame_marks.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

struct FrameHeader {
  FrameKind kind = FrameKind::kCommit;
  std::uint8_t flags = 0;
  std::uint32_t length = 0;
  Sequence first_sequence = 0;
  std::uint32_t record_count = 0;
  std::uint32_t record_bytes = 0;
  Frontier frontier;
  std::uint16_t ring_count = 0;
  std::uint32_t chunk_count = 0;
  std::uint32_t head_bytes = 0;  ///< what the frame's own checksum covers; then chunks
  bool chunks_hold = true;

  [[nodiscard]] Sequence last_sequence() const noexcept {
    return first_sequence + record_count - 1;
  }
  [[nodiscard]] bool has_definitions() const noexcept {
    return (flags & kFrameHasDefinitions) != 0;
  }
  [[nodiscard]] bool has_state() const noexcept { return (flags & kFrameHasState) != 0; }
};

/// Why bytes are not a frame.
enum class FrameFault : std::uint8_t {
  kNone,
  kNoMagic,
  kBadLength,
  kBadChecksum,
  kBadHeader,
  kBadChunk,  ///< the header is good; some chunks are not
};

/// Reads only what cannot mislead: magic and length, before the checksum is known to hold.
/// Returns the frame's length, or nothing where no frame can start.
[[nodiscard]] std::optional<std::uint32_t> peek_frame_length(ByteView bytes) noexcept;

/// Checks and parses the whole frame in `bytes` (exactly its length).
[[nodiscard]] FrameFault parse_frame(ByteView bytes, const Identity& segment, std::uint64_t offset,
                                     FrameHeader& header) noexcept;

/// How many bytes from `begin` on say how long a frame's head is, and how long it is as they say:
/// nothing where no frame with chunks can be. Before the checksum is known to hold.
[[nodiscard]] std::optional<std::size_t> peek_head_extent(ByteView begin) noexcept;
[[nodiscard]] std::optional<std::size_t> peek_head_length(ByteView begin,
                                                          std::uint32_t length) noexcept;

/// Checks and parses the head of a frame of `length` bytes that has chunks; these are not read.
/// `head`: exactly as long as `peek_head_length` says.
[[nodiscard]] FrameFault parse_frame_head(ByteView head, std::uint32_t length,
                                          const Identity& segment, std::uint64_t offset,
                                          FrameHeader& header) noexcept;

/// A chunk's place in its frame.
struct ChunkPlace {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;
};
/// Requires: a head that holds.
void chunk_places(ByteView head, const FrameHeader& header, std::vector<ChunkPlace>& places);

[[nodiscard]] inline ByteView frame_records(ByteView frame, const FrameHeader& header) noexcept {
  return frame.subspan(kFrameHeaderBytes, header.record_bytes);
}

/// Checks each of the frame's chunks. Requires: a frame whose head holds.
void frame_chunks(ByteView frame, const FrameHeader& header, std::vector<ChunkView>& chunks);

[[nodiscard]] std::vector<RingMark> frame_rings(ByteView frame, const FrameHeader& header);

/// Keeps, of each ring, how far the log has taken from it.
void note_marks(std::vector<RingMark>& latest, std::span<const RingMark> marks);

}  // namespace factorwal::wal
