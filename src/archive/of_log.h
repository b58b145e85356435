#pragma once
/// How an archive and a log belong together.

#include <string>

#include "factorwal/reader.h"

namespace factorwal::archive {

/// What a manifest calls the log: the identity of its directory, in hex.
[[nodiscard]] std::string log_name(const Reader& log);

/// kCorruption when the log's mark tells of archived records that neither the archive nor the log
/// has: the archive is an older copy, or another one.
[[nodiscard]] Status expect_no_gap(const Reader& log, Sequence archived);

}  // namespace factorwal::archive
