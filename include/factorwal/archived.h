#pragma once
/// \file
/// How far a log is archived: the fourth mark, behind accepted, written and durable.

#include <optional>
#include <string>

#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal {

/// Up to which sequence an archive holds the log's records durably; nothing where no archive is
/// kept of it. kCorruption when the mark does not hold: retention then cuts nothing.
[[nodiscard]] FACTORWAL_EXPORT Result<std::optional<Sequence>> archived_sequence(
    const std::string& directory);

/// Says so, durably, in the file ARCHIVED of the data directory, also beside a live writer. From
/// the first call on, 0 included, retention keeps every segment that holds something behind the
/// mark. A writer looks at it when it opens the log, when a segment is full and when a snapshot
/// generation is complete. One archiver at a time. kNotFound when there is no log.
[[nodiscard]] FACTORWAL_EXPORT Status set_archived(const std::string& directory, Sequence sequence);

}  // namespace factorwal
