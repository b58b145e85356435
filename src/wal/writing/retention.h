#pragma once
/// Which segments a log no longer has to keep: whole ones, the oldest first, that are too old or
/// too many, and that neither of the last two complete snapshot generations needs.

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"

namespace factorwal::wal {

struct RetentionLimits {
  std::chrono::nanoseconds age{0};  ///< 0: for ever
  std::uint64_t bytes = 0;          ///< 0: without end
  [[nodiscard]] bool any() const noexcept { return age.count() > 0 || bytes > 0; }
};

/// What retention looks at in a segment in use.
struct SegmentAge {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::int64_t created_ns = 0;
  Sequence first_sequence = 0;  ///< of its own records; 0 when it is not known
};
/// One whose header is damaged counts as new.
[[nodiscard]] SegmentAge age_of(const SegmentView& segment);

/// Why what the limits would cut is kept all the same.
enum class CutBarrier : std::uint8_t {
  kNone,
  kGenerations,    ///< the last two complete generations need it
  kNoGenerations,  ///< there are not two of them yet
  kHandMade,       ///< ticks of operators that were registered by hand, which are in no generation
  kNotArchived,    ///< an archive is kept of this log, and does not have all of it yet
};

/// What stays whatever the limits say.
struct RetentionNeeds {
  ReplayStarts replay;               ///< of the last two complete generations
  bool hand_made = false;            ///< see CutBarrier
  std::optional<Sequence> archived;  ///< records above it; none: no archive is kept
};

struct RetentionPlan {
  std::size_t cut = 0;     ///< so many of the first segments go
  std::size_t beyond = 0;  ///< so many are beyond the limits; never the last one
  CutBarrier barrier = CutBarrier::kNone;
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
