#pragma once
/// A day of many parts, built anew as one.

#include "archive/store.h"

namespace factorwal::archive {

struct DayParts {
  DataSet data_set = DataSet::kTicks;
  std::int32_t day = 0;
  std::size_t parts = 0;
};

/// Days with more parts than `options` allows, and those that have ended with more than one.
[[nodiscard]] std::vector<DayParts> days_to_compact(const Manifest& manifest,
                                                    const ArchiveOptions& options);

/// Memory: a row group of each part, and all rows of one instrument.
[[nodiscard]] Status compact_day(Store& store, const DayParts& day, const ArchiveOptions& options);

}  // namespace factorwal::archive
