#pragma once
/// How far a log has taken from which ring, for who only looks.

#include <vector>

#include "wal/format/frame_marks.h"
#include "wal/reading/log_view.h"

namespace factorwal::recovery {

/// As an open for writing knows it: of the last segment, which begins with the marks of all rings
/// in use; of a damaged log, of all segments.
[[nodiscard]] Result<std::vector<wal::RingMark>> read_ring_marks(FileSystem& files,
                                                                 const wal::LogView& view);

}  // namespace factorwal::recovery
