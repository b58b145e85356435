#pragma once
/// \file
/// What the files of a run share.

#include <cstddef>
#include <optional>

#include "factorwal/feed/options.h"
#include "factorwal/feed/report.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "feed/instrument_table.h"
#include "feed/times/local_zone.h"

namespace factorwal::feed {

/// Outlives every RowFeed.
struct FeedShared {
  FeedOptions options;
  LocalZone zone;
  std::optional<TickSchema> schema;  ///< set by the first file
  InstrumentTable instruments;
  FeedReport report;
  std::size_t files = 1;  ///< of the run
  std::size_t files_opened = 0;
};

/// Finds the zone, and checks the instrument, that the options name.
Status prepare(FeedShared& shared);

}  // namespace factorwal::feed
