#pragma once
/// \file
/// What to read of a log's rows.

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/column_batch.h"

namespace factorwal {

/// Which rows and columns of which data set. A name that the log does not know gives no rows.
struct HistoryQuery {
  DataSet data_set = DataSet::kTicks;
  std::vector<std::string> instruments;             ///< empty: all
  std::optional<std::vector<std::string>> inputs;   ///< of ticks; none given: all
  std::optional<std::vector<std::string>> factors;  ///< none given: all
  std::optional<TimestampNs> from;                  ///< event time, inclusive
  std::optional<TimestampNs> to;                    ///< event time, exclusive
  Sequence first_sequence = 1;
  Sequence last_sequence = std::numeric_limits<Sequence>::max();
  std::size_t batch_rows = 65'536;  ///< of one batch, at most
};

}  // namespace factorwal
