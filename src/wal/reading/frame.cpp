#include "wal/reading/frame.h"

#include <algorithm>

#include "wal/format/frame_checksum.h"

namespace factorwal::wal {

std::optional<std::uint32_t> peek_frame_length(ByteView bytes) noexcept {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  if (load<std::uint32_t>(bytes.data()) != kFrameMagic) return std::nullopt;
  const auto length = load<std::uint32_t>(bytes.data() + kFrameLengthOffset);
  if (length < kFrameHeaderBytes || length > kFrameBytesMax || length % kFrameAlignment != 0) {
    return std::nullopt;
  }
  return length;
}

namespace {

void load_header(ByteView bytes, FrameHeader& header) noexcept {
  const auto* head = bytes.data();
  header.kind = static_cast<FrameKind>(head[kFrameKindOffset]);
  header.flags = static_cast<std::uint8_t>(head[kFrameFlagsOffset]);
  header.length = static_cast<std::uint32_t>(bytes.size());
  header.ring_count = load<std::uint16_t>(head + kFrameRingCountOffset);
  header.first_sequence = load<std::uint64_t>(head + kFrameFirstSequenceOffset);
  header.record_count = load<std::uint32_t>(head + kFrameRecordCountOffset);
  header.record_bytes = load<std::uint32_t>(head + kFrameRecordBytesOffset);
  header.frontier.sequence = load<std::uint64_t>(head + kFrameFrontierSequenceOffset);
  header.frontier.offset = load<std::uint64_t>(head + kFrameFrontierOffsetOffset);
  header.chunks_hold = true;
}

/// Calls `take` with each chunk and its checksum; false when the table is none of this frame.
template <class F>
bool for_chunks(ByteView frame, const FrameHeader& header, F&& take) {
  const auto* entry = frame.data() + kFrameHeaderBytes + header.record_bytes +
                      std::size_t{header.ring_count} * kFrameRingBytes + sizeof(std::uint32_t);
  auto left = frame.subspan(header.head_bytes);
  for (std::uint32_t i = 0; i < header.chunk_count; ++i, entry += kFrameChunkBytes) {
    const auto size = load<std::uint32_t>(entry);
    if (size + kFrameChunkSlack > left.size()) return false;
    take(left.first(size), load<std::uint32_t>(entry + 4));
    left = left.subspan(size);
  }
  return left.size() < kFrameChunkSlack + kFrameAlignment;
}

FrameFault parse_chunks(ByteView bytes, FrameHeader& header) noexcept {
  const bool fits = for_chunks(bytes, header, [&](ByteView chunk, std::uint32_t checksum) {
    if (crc32c(chunk) != checksum) header.chunks_hold = false;
  });
  if (!fits) return FrameFault::kBadHeader;
  return header.chunks_hold ? FrameFault::kNone : FrameFault::kBadChunk;
}

}  // namespace

FrameFault parse_frame(ByteView bytes, const Identity& segment, std::uint64_t offset,
                       FrameHeader& header) noexcept {
  if (bytes.size() < kFrameHeaderBytes || load<std::uint32_t>(bytes.data()) != kFrameMagic) {
    return FrameFault::kNoMagic;
  }
  const auto* head = bytes.data();
  if (load<std::uint32_t>(head + kFrameLengthOffset) != bytes.size()) return FrameFault::kBadLength;
  const auto extent = find_extent(bytes);
  if (!extent) return FrameFault::kBadHeader;
  const auto covered = bytes.first(static_cast<std::size_t>(extent->head));
  const auto checksum = load<std::uint32_t>(head + kFrameChecksumOffset);
  if (checksum != frame_checksum(segment, offset, covered)) return FrameFault::kBadChecksum;
  load_header(bytes, header);
  header.head_bytes = static_cast<std::uint32_t>(extent->head);
  header.chunk_count = static_cast<std::uint32_t>(extent->chunks);
  const bool kind_known = header.kind >= FrameKind::kCommit && header.kind <= FrameKind::kClose;
  if (!kind_known) return FrameFault::kBadHeader;
  return header.chunk_count == 0 ? FrameFault::kNone : parse_chunks(bytes, header);
}

void frame_chunks(ByteView frame, const FrameHeader& header, std::vector<ChunkView>& chunks) {
  chunks.clear();
  if (header.chunk_count == 0) return;
  (void)for_chunks(frame, header, [&](ByteView chunk, std::uint32_t checksum) {
    chunks.push_back({chunk, header.chunks_hold || crc32c(chunk) == checksum});
  });
}

std::vector<RingMark> frame_rings(ByteView frame, const FrameHeader& header) {
  std::vector<RingMark> rings;
  const auto* at = frame.data() + kFrameHeaderBytes + header.record_bytes;
  for (unsigned i = 0; i < header.ring_count; ++i, at += kFrameRingBytes) {
    rings.push_back({load<std::uint64_t>(at), load<std::uint64_t>(at + 8)});
  }
  return rings;
}

void note_marks(std::vector<RingMark>& latest, std::span<const RingMark> marks) {
  for (const auto& mark : marks) {
    const auto known = std::ranges::find(latest, mark.ring, &RingMark::ring);
    if (known == latest.end()) {
      latest.push_back(mark);
    } else {
      known->ordinal = std::max(known->ordinal, mark.ordinal);
    }
  }
}

}  // namespace factorwal::wal
