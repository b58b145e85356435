#pragma once
/// Opening a directory in two steps: a plan, which reads only, and its execution. `recover` prints
/// a plan; an open applies one. docs/recovery.md has the steps for people.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/options.h"
#include "recovery/channel_drain.h"
#include "recovery/replay.h"
#include "wal/reading/segment_contents.h"
#include "wal/writing/continuation.h"
#include "wal/writing/log.h"

namespace factorwal::recovery {

/// What is there.
struct FoundDirectory {
  std::string directory;
  std::optional<wal::LogView> log;    ///< none: there is no log
  wal::SegmentContents last_segment;  ///< in the same pass that found the log's end
  std::vector<Finding> damage;        ///< of the last segment, met in that pass
  std::optional<ChannelDrain> rings;
  std::optional<Error> unreadable;  ///< then nothing else is known
};

/// `names` receives what the last segment defines. Fails when the system does.
[[nodiscard]] Result<FoundDirectory> look_at_directory(FileSystem& files,
                                                       const std::string& directory,
                                                       wal::NameTable& names, wal::LockOwner owner,
                                                       wal::Learn learn);

struct RecoveryPlan {
  FoundDirectory found;
  RecoveryCase decision = RecoveryCase::kCreate;
  std::optional<Error> refusal;  ///< nothing is changed then

  /// Where the log goes on, what is written again, and which marks of rings it repeats.
  wal::Continuation next;
  /// The engine behind the last record, drained ones included; null where nobody asked for one.
  std::unique_ptr<Replay> replay;
  /// What it says in the certificate. An open adds what it alone can know.
  LogRecovery report;
  std::chrono::nanoseconds replay_time{0};
};

/// What an open is to do with it. Reads only. `factors`: of the engine that is to be rebuilt; null
/// for a log alone. `replay_past_damage`: rebuilds it also where the decision will be to refuse, as
/// quarantine would. kTimeout: `progress` gave the replay up.
[[nodiscard]] Result<RecoveryPlan> plan_recovery(FileSystem& files, FoundDirectory found,
                                                 wal::NameTable& names, const FactorSet* factors,
                                                 OnCorruption on_corruption,
                                                 bool replay_past_damage = false,
                                                 const TellLogProgress& progress = {});

/// Does it: `log` has the lock and the names. Fails with the plan's refusal before anything else.
[[nodiscard]] Status apply_plan(RecoveryPlan& plan, wal::Log& log, const LogOptions& options);

}  // namespace factorwal::recovery
