#pragma once
/// The bytes of the log. docs/format.md explains them; the two are kept equal by tests.

#include <array>
#include <cstddef>
#include <cstdint>

namespace factorwal::wal {

inline constexpr std::uint32_t kFormatVersion = 1;

/// 128 random bits that name a data directory or a segment.
using Identity = std::array<std::byte, 16>;

/// Where a generation of snapshots began. Whoever reads from there on meets all its states, what
/// their instruments had since, and before them every definition and event time as of then.
struct ReplayStart {
  std::uint64_t segment = 0;   ///< its number; 0: there is no such generation
  std::uint64_t offset = 0;    ///< of the next frame then; 0: where the segment's frames begin
  std::uint64_t sequence = 0;  ///< of the next record then
  friend bool operator==(const ReplayStart&, const ReplayStart&) = default;
};

/// Of the last two complete generations.
struct ReplayStarts {
  ReplayStart last;
  ReplayStart before;
  friend bool operator==(const ReplayStarts&, const ReplayStarts&) = default;
};

// ---- Segment header: one page, so that no frame shares a sector with it.

inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::array<char, 8> kSegmentMagic = {'F', 'W', 'A', 'L', 'S', 'E', 'G', '\n'};

inline constexpr std::size_t kSegmentChecksumOffset = 8;
inline constexpr std::size_t kSegmentVersionOffset = 12;
inline constexpr std::size_t kSegmentDirectoryOffset = 16;
inline constexpr std::size_t kSegmentIdentityOffset = 32;
inline constexpr std::size_t kSegmentNumberOffset = 48;
inline constexpr std::size_t kSegmentEpochOffset = 56;
inline constexpr std::size_t kSegmentAllocatedOffset = 64;
inline constexpr std::size_t kSegmentFirstSequenceOffset = 72;
inline constexpr std::size_t kSegmentPredecessorOffset = 80;
inline constexpr std::size_t kSegmentPredecessorEndOffset = 96;
inline constexpr std::size_t kSegmentFrontierSequenceOffset = 104;
inline constexpr std::size_t kSegmentFrontierOffsetOffset = 112;
inline constexpr std::size_t kSegmentCreatedOffset = 120;
inline constexpr std::size_t kSegmentReplayStartOffset = 128;
inline constexpr std::size_t kSegmentReplayFallbackOffset = 152;
inline constexpr std::size_t kSegmentUsedBytes = 176;
static_assert(kSegmentUsedBytes <= kSegmentHeaderBytes);

// ---- Frame

inline constexpr std::uint32_t kFrameMagic = 0x72665746;  // "FWfr" as bytes on disk
inline constexpr std::size_t kFrameChecksumOffset = 4;
inline constexpr std::size_t kFrameLengthOffset = 8;
inline constexpr std::size_t kFrameKindOffset = 12;
inline constexpr std::size_t kFrameFlagsOffset = 13;
inline constexpr std::size_t kFrameRingCountOffset = 14;
inline constexpr std::size_t kFrameFirstSequenceOffset = 16;
inline constexpr std::size_t kFrameRecordCountOffset = 24;
inline constexpr std::size_t kFrameRecordBytesOffset = 28;
inline constexpr std::size_t kFrameFrontierSequenceOffset = 32;
inline constexpr std::size_t kFrameFrontierOffsetOffset = 40;
inline constexpr std::size_t kFrameHeaderBytes = 48;
inline constexpr std::size_t kFrameRingBytes = 16;
/// One entry of a frame's table of chunks.
inline constexpr std::size_t kFrameChunkBytes = 8;
/// Zeros behind the last chunk: chunks are read eight bytes at a time, beyond their end.
inline constexpr std::size_t kFrameChunkSlack = 16;
inline constexpr std::size_t kFrameAlignment = 8;

/// No frame is longer; a length above it is damage.
inline constexpr std::size_t kFrameBytesMax = std::size_t{8} << 20;
/// The longest single record that a send accepts, in channel bytes.
inline constexpr std::size_t kRecordBytesMax = std::size_t{4} << 20;

/// The longest operator state of one instrument.
inline constexpr std::size_t kStateBytesMax = std::size_t{64} << 20;
/// A longer state is written in parts of so many bytes.
inline constexpr std::size_t kStatePartBytes = std::size_t{2} << 20;

enum class FrameKind : std::uint8_t {
  kCommit = 1,    ///< records
  kFrontier = 2,  ///< no records: says how far the log was durable
  kClose = 3,     ///< as kFrontier, and the last frame of a clean close
};

/// Set when the frame holds operator state or a generation mark.
inline constexpr std::uint8_t kFrameHasState = 0x01;
/// Set when the frame defines instruments, factors or layouts.
inline constexpr std::uint8_t kFrameHasDefinitions = 0x02;
/// Set when chunks follow the frame's head.
inline constexpr std::uint8_t kFrameHasChunks = 0x04;

// ---- Records

/// Kinds below 0x20 have a fixed grammar; from 0x20 on a varint length follows the kind, and
/// bit 0x80 says that a reader which does not know the kind may skip it.
enum class RecordKind : std::uint8_t {
  kUpdate = 0x01,
  kVectorUpdate = 0x02,
  kSnapshot = 0x03,
  kTick = 0x04,
  kTime = 0x05,
  kPosition = 0x06,
  kBlock = 0x07,          ///< many ticks and updates, a sequence each
  kUncountedTick = 0x0c,  ///< as kTick, of an instrument whose ticks nobody has counted
  kOperatorState = 0x20,
  kInstrument = 0x21,
  kFactor = 0x22,
  kLayout = 0x23,
  kOperatorStatePart = 0x24,
  kGeneration = 0xa0,
};

inline constexpr std::uint8_t kFirstSizedKind = 0x20;
inline constexpr std::uint8_t kOptionalBit = 0x80;

// ---- Manifest

inline constexpr std::array<char, 8> kManifestMagic = {'F', 'W', 'A', 'L', 'M', 'A', 'N', '\n'};

inline constexpr const char* kManifestName = "MANIFEST";
inline constexpr const char* kLockName = "LOCK";

/// At most: what a table of so many chunks, its padding, and what is behind the chunks take.
[[nodiscard]] constexpr std::size_t chunk_table_bytes(std::size_t chunks) noexcept {
  return sizeof(std::uint32_t) + chunks * kFrameChunkBytes + kFrameAlignment + kFrameChunkSlack;
}

[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value) noexcept {
  return (value + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

}  // namespace factorwal::wal
