#pragma once
/// One pass of the archiver over a log, on any source and storage.

#include <atomic>
#include <functional>

#include "archive/log_source.h"
#include "archive/store.h"
#include "factorwal/archive.h"

namespace factorwal::archive {

using ProgressCall = std::function<void(const ArchiveProgress&)>;

[[nodiscard]] Result<ArchiveReport> archive_pass(Store& store, LogSource& source,
                                                 const ArchiveOptions& options,
                                                 const ProgressCall& progress = {},
                                                 const std::atomic<bool>* stop = nullptr);

}  // namespace factorwal::archive
