#pragma once
/// Which segments a directory has, where each of them ends, and how far it is known to be durable.
/// Reads only.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/finding.h"
#include "wal/format/frame_marks.h"
#include "wal/format/manifest.h"
#include "wal/format/segment_header.h"

namespace factorwal::wal {

/// A segment that holds (or should hold) frames.
struct SegmentView {
  ManifestSegment entry;
  std::string path;
  SegmentHeader header;
  bool header_ok = false;
  bool missing = false;
  std::uint64_t file_bytes = 0;
  /// Frames end here. Known from the successor's header or the close mark; found by scanning in
  /// the last segment of a directory that was not closed.
  std::uint64_t end = 0;
  bool end_known = false;
};

struct LogView {
  std::string directory;
  Manifest manifest;
  std::vector<SegmentView> segments;  ///< used ones, in order
  bool live = false;                  ///< a writer held the lock when this was read
  std::int64_t writer_pid = 0;
  /// What is durable for certain. Its offset is in the last segment.
  Frontier frontier;
  /// The last sequence of the intact frames, durable or not.
  Sequence last_sequence = 0;
  /// Records that the log may have held behind `known_end` at most: as many as bytes of its last
  /// segment are not there, or all of them where nothing in it can be read, of a log that was not
  /// closed.
  std::uint64_t unknown_at_end = 0;
  /// Findings of this look: manifest, headers, sizes, and the tail. Frames before the tail are not
  /// read here.
  std::vector<Finding> findings;
  /// Numbers of segments that are no part of the log any more and are still there: cut by
  /// retention, or made ahead and never used. An open removes them.
  std::vector<std::uint64_t> left_over;

  [[nodiscard]] bool clean() const noexcept { return manifest.clean; }
  /// The last sequence that is known to have been given, whether or not its record can be read.
  [[nodiscard]] Sequence known_end() const noexcept {
    return std::max(frontier.sequence, last_sequence);
  }
  /// Records that are lost behind the last one that could be read, at most.
  [[nodiscard]] std::uint64_t lost_behind(Sequence last_read) const noexcept {
    return std::max(known_end(), last_read) - last_read + unknown_at_end;
  }
  /// The highest sequence that the headers say was given.
  [[nodiscard]] Sequence stated_by_headers() const noexcept;
  [[nodiscard]] bool corrupt() const noexcept;
};

/// Whose the directory's lock is: what is bad at the end of a log is "not there yet" only while
/// somebody else writes to it.
enum class LockOwner : std::uint8_t { kOthers, kUs };

class SegmentContents;

/// kNotFound when the directory holds no log. `contents`, if any, takes the last segment's frames
/// on the way.
[[nodiscard]] Result<LogView> open_log_view(FileSystem& files, const std::string& directory,
                                            LockOwner owner = LockOwner::kOthers,
                                            SegmentContents* contents = nullptr);

/// As `open_log_view`; nothing when the directory holds no log.
[[nodiscard]] Result<std::optional<LogView>> look_for_log(FileSystem& files,
                                                          const std::string& directory,
                                                          LockOwner owner,
                                                          SegmentContents* contents = nullptr);

}  // namespace factorwal::wal
