#pragma once
/// Which parts of a segment hold which instruments and times: a file beside the segment, derived
/// from it, without which everything is found by reading frames' heads. docs/format.md, "Index".

#include <optional>
#include <string>
#include <vector>

#include "base/coding.h"
#include "factorwal/record.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

/// Frames that follow one another.
struct FrameGroup {
  /// Handles [first, end).
  struct Handles {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    friend bool operator==(const Handles&, const Handles&) = default;
  };
  std::uint64_t offset = 0;               ///< of the first one
  Sequence first_sequence = 0;            ///< of the first record in or behind them
  bool definitions = false;               ///< some frame defines a name
  TimestampNs first_time = kNoTimestamp;  ///< of the event times; none: both kNoTimestamp
  TimestampNs last_time = kNoTimestamp;
  std::vector<Handles> instruments;  ///< in order, apart

  [[nodiscard]] bool has(std::uint32_t instrument) const noexcept;
  [[nodiscard]] bool has_times() const noexcept { return last_time != kNoTimestamp; }
  friend bool operator==(const FrameGroup&, const FrameGroup&) = default;
};

struct SegmentIndex {
  Identity directory{};
  Identity segment{};
  std::uint64_t end = 0;       ///< where the segment's frames end
  Sequence next_sequence = 0;  ///< behind its last record
  std::vector<FrameGroup> groups;

  /// The group that begins there; null where none does.
  [[nodiscard]] const FrameGroup* at(std::uint64_t offset) const noexcept;
  friend bool operator==(const SegmentIndex&, const SegmentIndex&) = default;
};

/// A segment with fewer bytes has no index: its frames are looked through as quickly.
inline constexpr std::uint64_t kIndexedBytesLeast = std::uint64_t{1} << 20;
/// An index takes no more of what its segment holds.
inline constexpr std::uint64_t kIndexShare = 100;

[[nodiscard]] std::string index_path(const std::string& segment_path);
[[nodiscard]] Bytes encode_index(const SegmentIndex& index);
/// Nothing when the bytes are no index.
[[nodiscard]] std::optional<SegmentIndex> decode_index(ByteView bytes);

}  // namespace factorwal::wal
