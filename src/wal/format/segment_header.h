#pragma once
/// The first page of a segment: who it is, and where its predecessor ends.

#include <optional>
#include <string>

#include "base/coding.h"
#include "base/file.h"
#include "factorwal/result.h"
#include "factorwal/types.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

struct SegmentHeader {
  Identity directory{};
  Identity identity{};
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
  std::uint64_t allocated_bytes = 0;
  Sequence first_sequence = 0;
  Identity predecessor{};             ///< zero for the first segment
  std::uint64_t predecessor_end = 0;  ///< bytes beyond are void
  ReplayStarts replay;                ///< as known when the header was written
  /// Frames of this segment that were durable before its header was written: all definitions so
  /// far and, after an unclean end, the records written again.
  Sequence frontier_sequence = 0;
  std::uint64_t frontier_offset = kSegmentHeaderBytes;
  /// Wall clock, nanoseconds since 1970 UTC: how old a segment is, for retention. Nothing else is
  /// concluded from it.
  std::int64_t created_ns = 0;
};

[[nodiscard]] Bytes encode_segment_header(const SegmentHeader& header);

enum class HeaderFault : std::uint8_t {
  kNone,
  kEmpty,  ///< all zero: prepared, never used
  kBad,
  kNewerVersion,
};
[[nodiscard]] HeaderFault decode_segment_header(ByteView page, SegmentHeader& header);

/// Of a segment's file; kBad also where it is shorter than a header.
[[nodiscard]] Result<HeaderFault> load_segment_header(File& file, SegmentHeader& header);
/// Of a segment in use; nothing for one that is prepared, half written or gone.
[[nodiscard]] Result<std::optional<SegmentHeader>> find_segment_header(FileSystem& files,
                                                                       const std::string& path);

}  // namespace factorwal::wal
