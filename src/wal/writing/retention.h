#pragma once
/// Which segments a log no longer has to keep: whole ones, the oldest first, that are too old or
/// too many, and that neither of the last two complete snapshot generations needs.

#include <span>
#include <vector>

#include "factorwal/retention.h"
#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"

namespace factorwal::wal {

using factorwal::CutBarrier;
using factorwal::RetentionLimits;
using factorwal::RetentionPlan;

/// What retention looks at in a segment in use.
struct SegmentAge {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::int64_t created_ns = 0;
  Sequence first_sequence = 0;  ///< of its own records; 0 when it is not known
};
/// One whose header is damaged counts as new.
[[nodiscard]] SegmentAge age_of(const SegmentView& segment);

/// What stays whatever the limits say.
struct RetentionNeeds {
  ReplayStarts replay;               ///< of the last two complete generations
  bool hand_made = false;            ///< see CutBarrier
  std::optional<Sequence> archived;  ///< records above it; none: no archive is kept
};

/// `segments`: those in use, in order. A clock that is wrong changes `beyond`, never what is
/// needed.
[[nodiscard]] RetentionPlan plan_retention(std::span<const SegmentAge> segments,
                                           const RetentionLimits& limits,
                                           const RetentionNeeds& needs, std::int64_t now_ns);

[[nodiscard]] bool has_hand_made_layouts(const NameTable& names);

/// What retention would do to a log, as it is on disk.
struct RetentionSurvey {
  LogView view;
  std::vector<SegmentAge> segments;
  ReplayStarts replay;  ///< as far as it is durable
  std::int64_t now_ns = 0;
  RetentionPlan plan;
};

/// Reads only. kCorruption where it cannot be told.
[[nodiscard]] Result<RetentionSurvey> survey_retention(FileSystem& files,
                                                       const std::string& directory,
                                                       const RetentionLimits& limits,
                                                       LockOwner owner = LockOwner::kOthers);

/// Cuts in a directory that nobody writes to: takes the lock for it. The manifest without the
/// segments comes first, then the files go; also those that an earlier cut has left behind. Returns
/// what it did.
[[nodiscard]] Result<RetentionSurvey> apply_retention(FileSystem& files,
                                                      const std::string& directory,
                                                      const RetentionLimits& limits);

}  // namespace factorwal::wal
