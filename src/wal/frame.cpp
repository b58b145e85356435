#include "wal/frame.h"

#include <algorithm>

#include "wal/frame_checksum.h"

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

FrameFault parse_frame(ByteView bytes, const Identity& segment, std::uint64_t offset,
                       FrameHeader& header) noexcept {
  if (bytes.size() < kFrameHeaderBytes || load<std::uint32_t>(bytes.data()) != kFrameMagic) {
    return FrameFault::kNoMagic;
  }
  const auto* head = bytes.data();
  if (load<std::uint32_t>(head + kFrameLengthOffset) != bytes.size()) return FrameFault::kBadLength;
  if (load<std::uint32_t>(head + kFrameChecksumOffset) != frame_checksum(segment, offset, bytes)) {
    return FrameFault::kBadChecksum;
  }
  header.kind = static_cast<FrameKind>(head[kFrameKindOffset]);
  header.flags = static_cast<std::uint8_t>(head[kFrameFlagsOffset]);
  header.length = static_cast<std::uint32_t>(bytes.size());
  header.ring_count = load<std::uint16_t>(head + kFrameRingCountOffset);
  header.first_sequence = load<std::uint64_t>(head + kFrameFirstSequenceOffset);
  header.record_count = load<std::uint32_t>(head + kFrameRecordCountOffset);
  header.record_bytes = load<std::uint32_t>(head + kFrameRecordBytesOffset);
  header.frontier.sequence = load<std::uint64_t>(head + kFrameFrontierSequenceOffset);
  header.frontier.offset = load<std::uint64_t>(head + kFrameFrontierOffsetOffset);
  const auto need = kFrameHeaderBytes + std::uint64_t{header.record_bytes} +
                    std::uint64_t{header.ring_count} * kFrameRingBytes;
  const bool kind_known = header.kind >= FrameKind::kCommit && header.kind <= FrameKind::kClose;
  return kind_known && need <= bytes.size() ? FrameFault::kNone : FrameFault::kBadHeader;
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
