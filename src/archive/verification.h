#pragma once
/// Reads all of an archive, and compares it with a log.

#include <atomic>

#include "archive/log_source.h"
#include "archive/storage.h"
#include "factorwal/archive.h"

namespace factorwal::archive {

/// `source`: null compares with none. Rows that the log has no more are not compared: those of
/// blocks of sequences of which it has only a part.
[[nodiscard]] Result<ArchiveVerification> verify(Storage& storage, const std::string& directory,
                                                 LogSource* source,
                                                 const std::atomic<bool>* stop = nullptr);

}  // namespace factorwal::archive
