#pragma once
/// Opening a directory for writing: what is in it is recovered first.

#include <memory>
#include <string>

#include "recovery/recovery_plan.h"

namespace factorwal::recovery {

struct OpenedLog {
  std::unique_ptr<wal::Log> log;
  std::unique_ptr<Replay> replay;  ///< settled; null where no engine was asked for
  std::chrono::nanoseconds replay_time{0};
};

/// `factors`: of the engine that opens it; null for a log alone. kTimeout, and nothing is changed:
/// `progress` gave the replay up.
[[nodiscard]] Result<OpenedLog> open_log(FileSystem& files, const std::string& directory,
                                         const LogOptions& options,
                                         const FactorSet* factors = nullptr,
                                         const TellLogProgress& progress = {});

}  // namespace factorwal::recovery
