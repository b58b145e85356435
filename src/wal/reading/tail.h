#pragma once
/// The end of a segment that nothing else tells: which frames count, and what the bytes behind
/// them are.

#include <vector>

#include "factorwal/finding.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_contents.h"

namespace factorwal::wal {

struct Tail {
  std::uint64_t end = 0;       ///< end of the frames that count
  Frontier frontier;           ///< the highest claim of any intact frame
  Sequence last_sequence = 0;  ///< of the frames that count
  bool empty = true;           ///< no frame and no other byte behind the header
  /// An intact frame is there that is never written before the segment's header is durable.
  bool has_records = false;
  std::vector<Finding> findings;
};

/// `contents`, if any, takes the frames that count.
[[nodiscard]] Result<Tail> scan_tail(FileSystem& files, const SegmentView& segment,
                                     SegmentContents* contents = nullptr);

}  // namespace factorwal::wal
