#pragma once
/// Which layout the ticks of a log had, from where to where.

#include "factorwal/reader.h"
#include "wal/reading/log_view.h"

namespace factorwal::history {

/// As `Reader::layout_uses`.
[[nodiscard]] Result<std::vector<LayoutUse>> find_layout_uses(FileSystem& files,
                                                              const wal::LogView& view,
                                                              Sequence first, Sequence last);

}  // namespace factorwal::history
