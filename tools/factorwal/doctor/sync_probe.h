#pragma once
/// How long a sync takes: 4 KiB into a file that was written before, then fdatasync, as a commit
/// does. The file never has a name, so that nothing can be left behind.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/result.h"

namespace factorwal::doctor {

struct SyncTimes {
  std::size_t count = 0;
  double rate = 0;  ///< syncs a second
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
};

struct ProbeResult {
  SyncTimes sync;
  /// A lock on the file keeps another opener of it out.
  std::optional<bool> locks_exclude;  ///< nothing where it cannot be told
};

/// Requires: not empty; microseconds.
[[nodiscard]] SyncTimes summarize(std::vector<double> sync_us);

/// Writes and syncs for that long in `directory`, at least once. kTimeout when `stop` was set.
[[nodiscard]] Result<ProbeResult> probe_sync(const std::string& directory,
                                             std::chrono::milliseconds time,
                                             const std::atomic<bool>& stop);

}  // namespace factorwal::doctor
