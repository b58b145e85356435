#pragma once
/// Goes on behind the end of a log that somebody may be writing to: from frame to frame, and from
/// segment to segment, as they come. Reads only.

#include <memory>
#include <string>

#include "wal/reading/frame_decoder.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::wal {

class LogFollower {
 public:
  /// Begins where `view` ends. `names` holds the definitions up to there and receives new ones.
  /// Both `files` and `names` must outlive the follower.
  LogFollower(FileSystem& files, const LogView& view, NameTable& names);

  /// The next record of an intact frame; false: nothing new yet, ask again later. Views in `record`
  /// hold until the next call.
  [[nodiscard]] Result<bool> next(LogRecord& record);

  /// Records that were damaged.
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }
  /// Records that retention took away before they were read.
  [[nodiscard]] std::uint64_t cut() const noexcept { return cut_; }

 private:
  [[nodiscard]] Result<bool> next_frame();
  [[nodiscard]] Result<bool> read_frame();
  /// Looks for a successor; true: there is something more to read, here or in the next segment.
  [[nodiscard]] Result<bool> move_on();

  FileSystem& files_;
  std::string directory_;
  FrameDecoder decoder_;
  std::uint64_t number_ = 0;  // 0: no segment yet
  Identity identity_{};
  std::uint64_t offset_ = 0;
  std::uint64_t end_ = 0;
  Sequence expected_ = 1;
  std::uint64_t missed_ = 0;
  std::uint64_t cut_ = 0;
  bool in_frame_ = false;
  std::unique_ptr<File> file_;
  std::unique_ptr<SegmentReader> reader_;
};

}  // namespace factorwal::wal
