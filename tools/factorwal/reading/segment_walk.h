#pragma once
/// Every byte of one segment: frames, bad places, and what lies behind its end.

#include <functional>

#include "wal/reading/frame_decoder.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::tool {

/// A stretch of bytes that is no frame.
struct BadPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Bytes head;  ///< the first of them
};

struct SegmentWalk {
  std::function<bool(const wal::SegmentReader&)> on_frame;  ///< false: stop
  std::function<void(const BadPlace&)> on_bad;
  std::function<void(const BadPlace&)> on_void;  ///< bytes behind the end that are not zero
};

/// `segment`: as a LogView gives it, or for a file alone with the end of the file as its end.
/// With an end that is not known, trailing zeros are no bad place.
[[nodiscard]] Status walk_segment(FileSystem& files, const wal::SegmentView& segment,
                                  const SegmentWalk& walk);

}  // namespace factorwal::tool
