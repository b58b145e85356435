#pragma once
/// Where a log goes on and with what, found without changing anything.

#include <optional>
#include <string>
#include <vector>

#include "wal/format/frame_marks.h"
#include "wal/format/manifest.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_contents.h"
#include "wal/writing/retention.h"

namespace factorwal::wal {

/// How far a log is durable: in a segment that is in use, whose header is durable.
struct LogEnd {
  std::uint64_t number = 0;
  Identity segment{};
  std::uint64_t offset = 0;
  Sequence sequence = 0;
};

/// Frames behind the end, which are not known to be durable and are to be written again.
struct DoubtfulFrames {
  std::string path;
  Identity segment{};
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  [[nodiscard]] bool any() const noexcept { return from < to; }
};

struct Continuation {
  bool created = true;  ///< there is no log yet
  bool clean = true;    ///< the last writer closed it in order
  /// Something durable does not hold: no file goes, and no number is given again.
  bool damaged = false;
  Identity directory{};
  std::uint64_t epoch = 0;                ///< of the opens so far
  std::vector<ManifestSegment> segments;  ///< they stay in use
  std::vector<SegmentAge> ages;           ///< likewise
  std::vector<std::uint64_t> unused;      ///< to be removed once no manifest names them
  std::uint64_t last_number = 0;          ///< that a segment has, or had
  LogEnd end;
  DoubtfulFrames doubtful;
  Sequence skipped = 0;  ///< sequences behind all this that may have been given to what is lost
  std::vector<RingMark> marks;
  ReplayStarts replay;
};

/// A sound last segment repeats all names and marks; with damage those of all segments are taken,
/// each read (once more).
[[nodiscard]] Status read_damaged_log(FileSystem& files, const LogView& view,
                                      SegmentContents& contents);

/// `view`: null without a log. `contents`: of its last segment, or with damage of all.
[[nodiscard]] Result<Continuation> plan_continuation(FileSystem& files, const LogView* view,
                                                     const SegmentContents& contents);

}  // namespace factorwal::wal
