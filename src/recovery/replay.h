#pragma once
/// Brings the graphs of a factor set to the end of a log: operator states, then the ticks after
/// them, pushed through the same graph that live ticks go through.

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "factorwal/factor_set.h"
#include "factorwal/log_progress.h"
#include "factorwal/recovery_certificate.h"
#include "recovery/instrument.h"
#include "recovery/loss_ledger.h"
#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_contents.h"

namespace factorwal::recovery {

struct Replayed {
  std::vector<std::unique_ptr<Instrument>> instruments;  ///< by handle; null where there is none
  SnapshotUse snapshots;
  Bytes position;
  /// Per factor: new to this log, so that it was computed from logged ticks.
  std::vector<bool> back_filled;
  Sequence last_sequence = 0;  ///< where the log was at the end

  /// Durable damage, as far as it matters to the replay. With OnCorruption::kRefuse the pass over
  /// the log ends at the first, and the rest of this says nothing.
  std::vector<Finding> corrupt;
  LossLedger losses;
};

/// With OnCorruption::kQuarantine damage is passed over; LossLedger says who is hit by it. Ticks
/// that are lost count as ticks without values. A sound state behind the damage heals.
class Replay {
 public:
  /// `names` receives the definitions met. All of it must outlive this.
  Replay(FileSystem& files, wal::NameTable& names, const FactorSet& factors,
         OnCorruption on_corruption);
  ~Replay();

  /// Before anything else, if there is a log. Reads only. kTimeout: `progress` gave up.
  [[nodiscard]] Status read_log(const wal::LogView& view, const wal::SegmentContents& last_segment,
                                const TellLogProgress& progress = {});
  /// So many records at least are missing at the log's end, whatever the log itself tells.
  void lost_at_end(std::uint64_t records);
  /// Goes on with a record that comes into the log later, or would.
  [[nodiscard]] Status take(const LogRecord& record);
  /// So many more were accepted and come into no log.
  void given_up(std::uint64_t records);
  /// When no more records come: who was not seen behind what was lost.
  void settle();

  [[nodiscard]] Replayed& result() noexcept;

 private:
  class Pass;
  [[nodiscard]] Status run_pass(const wal::LogView& view, const wal::ReplayStart& start,
                                const TellLogProgress& progress);
  void leave_log();

  FileSystem& files_;
  wal::NameTable& names_;
  const FactorSet& factors_;
  OnCorruption on_corruption_;
  std::unique_ptr<Pass> pass_;
};

}  // namespace factorwal::recovery
