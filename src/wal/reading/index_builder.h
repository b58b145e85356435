#pragma once
/// Makes the index of a segment by reading it, and finds the one that is there.

#include <optional>

#include "base/file.h"
#include "wal/format/segment_index.h"
#include "wal/reading/log_view.h"

namespace factorwal::wal {

/// Nothing when the segment is damaged, or too short to have one. Fails when it cannot be read.
[[nodiscard]] Result<std::optional<SegmentIndex>> build_index(FileSystem& files,
                                                              const LogView& view,
                                                              std::size_t segment);

/// The segment before the one in use, into `view`, which has directory and manifest alone; nothing
/// when it is not there or does not hold.
[[nodiscard]] std::optional<std::size_t> find_sealed(FileSystem& files, LogView& view);

/// The index file of a segment; nothing when it is none of this segment as it is.
[[nodiscard]] std::optional<SegmentIndex> load_index(FileSystem& files, const LogView& view,
                                                     std::size_t segment);

}  // namespace factorwal::wal
