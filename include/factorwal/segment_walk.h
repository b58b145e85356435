#pragma once
/// \file
/// The bytes of a log as they lie on disk: segments, frames, and what is no frame. For people and
/// tools that look at damage; who wants records takes a Reader.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/log_segment.h"
#include "factorwal/record.h"
#include "factorwal/result.h"

namespace factorwal {

enum class FoundFrameKind : std::uint8_t {
  kCommit = 1,    ///< records
  kFrontier = 2,  ///< no records: says how far the log was durable
  kClose = 3,     ///< the last frame of a clean close
};
/// "commit", "frontier", "close"
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(FoundFrameKind kind) noexcept;

/// A frame whose checksum holds. docs/format.md has the bytes.
struct FoundFrame {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  FoundFrameKind kind = FoundFrameKind::kCommit;
  Sequence first_sequence = 0;  ///< of the first record, or of the next one
  std::uint32_t record_count = 0;
  std::uint32_t record_bytes = 0;
  Sequence durable_sequence = 0;     ///< what it says was durable when it was written
  std::uint64_t durable_offset = 0;  ///< and where in the segment that ended
  bool has_definitions = false;      ///< names instruments, factors or layouts
  bool has_state = false;            ///< holds operator state
  /// How far it has taken from which ring of accepted records.
  struct RingMark {
    std::uint64_t ring = 0;
    std::uint64_t ordinal = 0;
  };
  std::vector<RingMark> rings;

  [[nodiscard]] Sequence last_sequence() const noexcept {
    return first_sequence + record_count - 1;
  }
};

/// A stretch of bytes that is no frame.
struct FoundBytes {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::vector<std::byte> head;  ///< the first of them, 64 at most
};

/// Walks every byte of a log, segment by segment. One look, as Reader; used by one thread at a
/// time.
///
///     auto walk = SegmentWalk::open("data").value();
///     while (walk.next_segment()) {
///       for (;;) {
///         const auto step = walk.next();
///         if (!step || *step == SegmentWalk::Step::kEnd) break;
///         if (*step == SegmentWalk::Step::kFrame) show(walk.frame());
///       }
///     }
class FACTORWAL_EXPORT SegmentWalk {
 public:
  /// The log of a directory. Errors as of `Reader::open`.
  static Result<SegmentWalk> open(const std::string& directory);
  /// One segment file by itself: its directory is not looked at, and its frames end where the file
  /// does. kNotFound: not used yet; kCorruption: no segment, or its header is damaged;
  /// kUnsupportedVersion.
  static Result<SegmentWalk> open_file(const std::string& path);
  SegmentWalk(SegmentWalk&&) noexcept;
  SegmentWalk& operator=(SegmentWalk&&) noexcept;
  ~SegmentWalk();

  [[nodiscard]] const std::vector<LogSegment>& segments() const noexcept;
  /// Of the look: manifest, headers, sizes, and the end of the log.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;

  /// Goes to the next segment whose file is there; false at the end.
  bool next_segment();
  /// Requires: `next_segment` was true.
  [[nodiscard]] const LogSegment& segment() const noexcept;

  enum class Step : std::uint8_t {
    kFrame,  ///< `frame()`
    kBad,    ///< `place()`: no frame holds here
    kVoid,   ///< `place()`: not zero, behind the end that the successor or the close mark names
    kEnd,    ///< of this segment
  };
  /// Fails when the file cannot be read.
  [[nodiscard]] Result<Step> next();
  [[nodiscard]] const FoundFrame& frame() const noexcept;
  [[nodiscard]] const FoundBytes& place() const noexcept;

  /// Behind kFrame: the frame's records, one by one; false behind the last. kCorruption when they
  /// do not follow the grammar. Names that later frames use are learned whether or not it is
  /// called. Views in `record` hold until the next call.
  [[nodiscard]] Result<bool> next_record(LogRecord& record);

 private:
  struct State;
  explicit SegmentWalk(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
