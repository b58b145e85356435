#pragma once
/// A look's segments, as users see them, and which of them to begin with.

#include <vector>

#include "factorwal/log_segment.h"
#include "wal/reading/log_view.h"

namespace factorwal::wal {

/// Where to read on from for the records from `first` on: each segment repeats all definitions.
[[nodiscard]] ReplayStart start_at(const LogView& view, Sequence first) noexcept;

[[nodiscard]] GenerationStart generation_start(const ReplayStart& start) noexcept;

/// `last_sequence` is left open.
[[nodiscard]] LogSegment log_segment(const SegmentView& segment);
[[nodiscard]] std::vector<LogSegment> log_segments(const LogView& view);

}  // namespace factorwal::wal
