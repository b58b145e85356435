#pragma once
/// `verify --recompute`: every factor value of a log computed again from its ticks.

#include "history/recomputation.h"
#include "reading/json_writer.h"
#include "reading/output.h"
#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"

namespace factorwal::tool {

struct RecomputeReport {
  history::RecomputeCounts counts;
  std::vector<history::ValueMismatch> mismatches;  ///< the first of them
  std::vector<history::UnknownFactorSet> unknown;
  std::size_t factor_sets = 0;
  double seconds = 0;
};

/// `names`: everything that the log defines. Instruments are shared out among the processors.
[[nodiscard]] Result<RecomputeReport> recompute(const wal::LogView& view,
                                                const wal::NameTable& names);

void print_text(const RecomputeReport& report, Output& out);
void write_json(const RecomputeReport& report, JsonWriter& json);

}  // namespace factorwal::tool
