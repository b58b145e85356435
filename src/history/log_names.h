#pragma once
/// What names a log holds, found in a pass that decodes no more than it must.

#include "factorwal/reader.h"
#include "wal/reading/log_view.h"

namespace factorwal::history {

/// As `Reader::names`.
[[nodiscard]] Result<LogNames> find_names(FileSystem& files, const wal::LogView& view,
                                          Sequence first, Sequence last);

}  // namespace factorwal::history
