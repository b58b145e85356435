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
  header.length = load<std::uint32_t>(head + kFrameLengthOffset);
  header.ring_count = load<std::uint16_t>(head + kFrameRingCountOffset);
  header.first_sequence = load<std::uint64_t>(head + kFrameFirstSequenceOffset);
  header.record_count = load<std::uint32_t>(head + kFrameRecordCountOffset);
  header.record_bytes = load<std::uint32_t>(head + kFrameRecordBytesOffset);
  header.frontier.sequence = load<std::uint64_t>(head + kFrameFrontierSequenceOffset);
  header.frontier.offset = load<std::uint64_t>(head + kFrameFrontierOffsetOffset);
  header.chunks_hold = true;
}

/// Calls `take` with the place of each chunk; false when the table is none of this frame.
template <class F>
bool for_places(ByteView head, const FrameHeader& header, F&& take) {
  const auto* entry = head.data() + kFrameHeaderBytes + header.record_bytes +
                      std::size_t{header.ring_count} * kFrameRingBytes + sizeof(std::uint32_t);
  std::uint32_t offset = header.head_bytes;
  for (std::uint32_t i = 0; i < header.chunk_count; ++i, entry += kFrameChunkBytes) {
    const auto size = load<std::uint32_t>(entry);
    if (std::uint64_t{size} + kFrameChunkSlack > header.length - offset) return false;
    take(ChunkPlace{offset, size, load<std::uint32_t>(entry + 4)});
    offset += size;
  }
  return header.length - offset < kFrameChunkSlack + kFrameAlignment;
}

/// Calls `take` with each chunk and its checksum; false when the table is none of this frame.
template <class F>
bool for_chunks(ByteView frame, const FrameHeader& header, F&& take) {
  return for_places(frame, header, [&](const ChunkPlace& place) {
    take(frame.subspan(place.offset, place.bytes), place.checksum);
  });
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

std::optional<std::size_t> peek_head_extent(ByteView begin) noexcept {
  const auto* at = begin.data();
  if ((static_cast<std::uint8_t>(at[kFrameFlagsOffset]) & kFrameHasChunks) == 0) return {};
  return kFrameHeaderBytes + std::size_t{load<std::uint32_t>(at + kFrameRecordBytesOffset)} +
         std::size_t{load<std::uint16_t>(at + kFrameRingCountOffset)} * kFrameRingBytes +
         sizeof(std::uint32_t);
}

std::optional<std::size_t> peek_head_length(ByteView begin, std::uint32_t length) noexcept {
  const auto marks = peek_head_extent(begin);
  if (!marks || *marks > begin.size()) return {};
  const auto chunks = load<std::uint32_t>(begin.data() + *marks - sizeof(std::uint32_t));
  const auto head = align_up(*marks + std::uint64_t{chunks} * kFrameChunkBytes);
  if (chunks == 0 || head + kFrameChunkSlack > length) return {};
  return static_cast<std::size_t>(head);
}

FrameFault parse_frame_head(ByteView head, std::uint32_t length, const Identity& segment,
                            std::uint64_t offset, FrameHeader& header) noexcept {
  if (peek_head_length(head, length) != head.size()) return FrameFault::kBadHeader;
  const auto checksum = load<std::uint32_t>(head.data() + kFrameChecksumOffset);
  if (checksum != frame_checksum(segment, offset, head)) return FrameFault::kBadChecksum;
  load_header(head, header);
  header.head_bytes = static_cast<std::uint32_t>(head.size());
  header.chunk_count =
      load<std::uint32_t>(head.data() + *peek_head_extent(head) - sizeof(std::uint32_t));
  const bool kind_known = header.kind >= FrameKind::kCommit && header.kind <= FrameKind::kClose;
  const bool fits = for_places(head, header, [](const ChunkPlace&) {});
  return kind_known && fits ? FrameFault::kNone : FrameFault::kBadHeader;
}

void chunk_places(ByteView head, const FrameHeader& header, std::vector<ChunkPlace>& places) {
  places.clear();
  (void)for_places(head, header, [&](const ChunkPlace& place) { places.push_back(place); });
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
