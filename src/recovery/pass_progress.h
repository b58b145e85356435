#pragma once
/// Tells how far one pass over a log has come.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "factorwal/log_progress.h"
#include "factorwal/result.h"
#include "wal/reading/log_reader.h"

namespace factorwal::recovery {

class PassProgress {
 public:
  /// Of a pass over `view` from `start` on. `tell` must outlive this.
  PassProgress(const TellLogProgress& tell, const wal::LogView& view,
               const wal::ReplayStart& start = {})
      : tell_(tell) {
    if (!tell_) {
      next_ = std::numeric_limits<std::uint64_t>::max();
      return;
    }
    for (const auto& segment : view.segments) {
      if (segment.entry.number < start.segment) continue;
      const bool first = segment.entry.number == start.segment && start.offset != 0;
      const auto begin = first ? start.offset : wal::kSegmentHeaderBytes;
      all_bytes_ += segment.end - std::min<std::uint64_t>(begin, segment.end);
    }
  }

  /// Whether to go on: false once `tell` has said no.
  [[nodiscard]] bool goes_on(const wal::LogReader& reader) {
    return reader.byte_count() < next_ || tell_now(reader.byte_count());
  }

 private:
  static constexpr std::uint64_t kEveryBytes = std::uint64_t{1} << 20;

  bool tell_now(std::uint64_t done_bytes) {
    if (!tell_({std::min(done_bytes, all_bytes_), all_bytes_})) return false;
    next_ = done_bytes + kEveryBytes;
    return true;
  }

  const TellLogProgress& tell_;
  std::uint64_t all_bytes_ = 0;
  std::uint64_t next_ = 1;
};

}  // namespace factorwal::recovery
