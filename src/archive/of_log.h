#pragma once
/// How an archive and a log belong together.

#include <string>

#include "factorwal/reader.h"

namespace factorwal::archive {

/// What a manifest calls the log: the identity of its directory, in hex.
[[nodiscard]] std::string log_name(const Reader& log);

/// kCorruption when the archive goes beyond the log: only durable records are archived, so that it
/// is of a later state than this log, which was put back to an earlier one. `log` may be an
/// earlier look.
[[nodiscard]] Status expect_not_ahead(const Reader& log, Sequence archived);

/// kNotFound when `first` and records behind it were archived, are no longer in the log, and there
/// is no archive.
[[nodiscard]] Status expect_nothing_archived(const Reader& log, Sequence first,
                                             const std::string& archive_directory);

/// kCorruption when the log's mark tells of archived records that neither the archive nor the log
/// has: the archive is an older copy, or another one.
[[nodiscard]] Status expect_no_gap(const Reader& log, Sequence archived);

}  // namespace factorwal::archive
