#pragma once
/// Opening a directory for writing: what is in it is recovered first.

#include <functional>
#include <memory>
#include <string>

#include "factorwal/options.h"
#include "wal/reading/log_view.h"
#include "wal/writing/log.h"

namespace factorwal::recovery {

/// How whoever opens a log follows what is in it.
struct LogFollowers {
  /// Called with the lock held and nothing changed yet (the writer is null): when it fails, the
  /// directory stays as it was. The view is null where there is no log. Behind it the log's
  /// names and event times are known as of its end.
  std::function<Status(wal::Log&, const wal::LogView*)> recover;
  /// Called with each tick, time and position that comes into the log from the channel of a process
  /// that is gone, in order.
  std::function<Status(const LogRecord&)> drained;
  /// Called before those with how many records at the end of the log are lost at least.
  std::function<void(std::uint64_t)> lost_at_end;
  /// Called after those with how many more records were accepted and are given up.
  std::function<void(std::uint64_t)> given_up;
};

[[nodiscard]] Result<std::unique_ptr<wal::Log>> open_log(FileSystem& files,
                                                         const std::string& directory,
                                                         LogOptions options,
                                                         const LogFollowers& followers = {});

}  // namespace factorwal::recovery
