#pragma once
/// The file ARCHIVED: up to which sequence an archive holds the log's records durably.

#include <optional>
#include <string>

#include "base/file.h"
#include "factorwal/types.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

inline constexpr const char* kArchivedName = "ARCHIVED";

/// Nothing where there is none. kCorruption when it does not hold, or is another directory's.
[[nodiscard]] Result<std::optional<Sequence>> load_archived_mark(FileSystem& files,
                                                                 const std::string& directory,
                                                                 const Identity& own);
[[nodiscard]] Status store_archived_mark(FileSystem& files, const std::string& directory,
                                         const Identity& own, Sequence sequence);

}  // namespace factorwal::wal
