#pragma once
/// Copies the log of a directory into a new one, also while somebody writes to it.

#include "base/file.h"
#include "factorwal/backup.h"

namespace factorwal::history {

/// As `factorwal::back_up`.
[[nodiscard]] Result<BackupReport> back_up(FileSystem& files, const std::string& source,
                                           const std::string& target,
                                           const BackupProgress& progress = {});

}  // namespace factorwal::history
