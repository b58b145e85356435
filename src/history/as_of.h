#pragma once
/// One instrument as it was when the log's records up to a sequence had been made, and no more: the
/// nearest earlier saved state, then the logged ticks after it, through the graph that live ticks
/// go through. Reads only.

#include <string>
#include <vector>

#include "base/file.h"
#include "factorwal/as_of.h"
#include "factorwal/finding.h"
#include "history/graph_replay.h"
#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"

namespace factorwal::history {

using factorwal::AsOfRequest;
using factorwal::InputTick;

struct AsOf {
  GraphReplay replay;
  Sequence sequence = 0;         ///< of the instrument's last tick
  TimestampNs timestamp_ns = 0;  ///< of that tick
  /// 0 when the only state that is retained is that of the last tick itself: then no node has a
  /// value, and `logged` is all that is known of the factors.
  std::uint64_t ticks_replayed = 0;
  std::vector<InputTick> ticks;  ///< the last ones, oldest first
  std::vector<double> logged;    ///< the log's values of that tick; empty for another factor set
  std::vector<Finding> findings;
  /// Records between that tick and the sequence are lost, and nothing says that none was of it.
  bool may_lack_ticks = false;

  [[nodiscard]] bool doubtful() const { return may_lack_ticks || replay.doubtful(); }
  [[nodiscard]] bool exact(std::size_t factor) const {
    return !may_lack_ticks && replay.exact(factor);
  }
};

/// The sequences that a log holds, both inclusive; the first is 0 when it holds none.
struct RetainedRange {
  Sequence first = 0;
  Sequence last = 0;
};
[[nodiscard]] RetainedRange retained_range(const wal::LogView& view);
/// kNotFound, with the range, when `sequence` is not in it.
[[nodiscard]] Status check_retained(const wal::LogView& view, Sequence sequence);

/// kNotFound when the sequence is not retained or not reached, when the instrument has no tick up
/// to it, or when neither its first tick nor a saved state up to it is retained.
[[nodiscard]] Result<AsOf> rebuild_as_of(FileSystem& files, const wal::LogView& view,
                                         wal::NameTable& names, const AsOfRequest& request);

}  // namespace factorwal::history
