#pragma once
/// \file
/// Which column of an Arrow stream is what.

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "factorwal/arrow_c.h"
#include "feed/arrow/arrow_batch.h"
#include "feed/arrow/arrow_column.h"
#include "feed/columns/column_layout.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {

/// Opens the stream once more, at its beginning, with these columns (none: all). Not there where it
/// can be read only once.
using ReopenArrowStream =
    std::function<Result<OwnedArrowStream>(const std::vector<std::size_t>& columns)>;

/// The columns as the rules for CSV have them: types tell what they can, and the first rows, as
/// texts, what names and types do not.
struct ArrowLayout {
  ColumnLayout layout;
  std::vector<ArrowType> types;
  StampPlan stamp_plan;         ///< where the stamp is no single column of a type that tells it
  bool stamp_is_typed = false;  ///< one column, of dates or timestamps
  std::string header;           ///< names and types, to tell the stream again
  std::string first_row;
  std::deque<OwnedArrowArray> batches;  ///< read already, not yet given
};

Result<ArrowLayout> lay_out_arrow(const std::string& name, ArrowBatches& batches,
                                  const ReopenArrowStream& reopen, const FeedOptions& options,
                                  FeedReport& report, std::size_t files);

/// Binds a column to one of the batch's arrays.
Status bind_column(const ArrowArray& batch, std::size_t child, ArrowColumn& column);

}  // namespace factorwal::feed
