#pragma once
/// How far a log has taken from which ring, for who only looks.

#include <vector>

#include "wal/frame_builder.h"
#include "wal/log_view.h"

namespace factorwal::wal {

/// As an open for writing knows it: of the last segment, which begins with the marks of all rings
/// in use; of a damaged log, of all segments.
[[nodiscard]] Result<std::vector<RingMark>> read_ring_marks(FileSystem& files, const LogView& view);

}  // namespace factorwal::wal
