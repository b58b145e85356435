#pragma once
/// \file
/// What the beginning of a file tells of all its rows.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/report.h"
#include "factorwal/result.h"
#include "feed/bytes/record_reader.h"
#include "feed/columns/column_layout.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {

struct FileForm {
  char delimiter = ',';
  ColumnLayout layout;
  StampPlan stamps;
  FileIdentity identity;
  /// The stamp's cells of the first rows.
  std::vector<std::vector<std::string>> first_stamps;
  /// So many of the first rows told it. The same rows tell the same again, whatever comes behind
  /// them.
  std::uint64_t rows = 0;
};

/// Takes from `reader` what lies before the first row. `known_rows`: no more rows are looked at.
/// `files`: of the run.
/// Fails with kTimeout where a file that is followed does not tell it yet.
Result<FileForm> find_form(const std::string& path, RecordReader& reader,
                           const FeedOptions& options, FeedReport& report,
                           std::optional<std::uint64_t> known_rows, std::size_t files);

}  // namespace factorwal::feed
