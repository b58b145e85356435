#pragma once
/// \file
/// Which segments a log no longer has to keep: whole ones, the oldest first, that are too old or
/// too many, and that neither of the last two complete snapshot generations needs. A log that is
/// open for writing is cut by its writer: see `LogOptions::keep_age` and `keep_bytes`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/log_segment.h"
#include "factorwal/result.h"

namespace factorwal {

struct RetentionLimits {
  std::chrono::nanoseconds age{0};  ///< 0: for ever
  std::uint64_t bytes = 0;          ///< 0: without end
  [[nodiscard]] bool any() const noexcept { return age.count() > 0 || bytes > 0; }
};

/// Why what the limits would cut is kept all the same.
enum class CutBarrier : std::uint8_t {
  kNone,
  kGenerations,    ///< the last two complete generations need it
  kNoGenerations,  ///< there are not two of them yet
  kHandMade,       ///< ticks of operators that were registered by hand, which are in no generation
  kNotArchived,    ///< an archive is kept of this log, and does not have all of it yet
};

struct RetentionPlan {
  std::size_t cut = 0;     ///< so many of the first segments go
  std::size_t beyond = 0;  ///< so many are beyond the limits; never the last one
  CutBarrier barrier = CutBarrier::kNone;
};

/// What retention does, or would do, to a log as it is on disk.
struct RetentionSurvey {
  std::vector<LogSegment> segments;  ///< of which `plan` speaks; before the cut
  RetentionPlan plan;
  GenerationStart last_generation;    ///< the last complete one, as far as it is durable
  GenerationStart generation_before;  ///< the one before it
  std::int64_t writer_pid = 0;        ///< who writes to it now; 0: nobody
  /// Files of earlier cuts, or made ahead and never used, that are still there.
  std::size_t left_over = 0;
};

/// Reads only. kCorruption where it cannot be told.
[[nodiscard]] FACTORWAL_EXPORT Result<RetentionSurvey> survey_retention(
    const std::string& directory, const RetentionLimits& limits);

/// Cuts in a directory that nobody writes to (else kLocked), and says what it has cut. A damaged
/// log is refused (kCorruption), and nothing is cut. After a kill or a power failure it is cut or
/// not, never in between; files that are left are removed by the next cut or open.
[[nodiscard]] FACTORWAL_EXPORT Result<RetentionSurvey> apply_retention(
    const std::string& directory, const RetentionLimits& limits);

}  // namespace factorwal
