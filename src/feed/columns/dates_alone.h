#pragma once
/// \file
/// A timestamp that is a date alone, while its rows come at times of day.

#include <cstddef>
#include <string>
#include <vector>

#include "feed/columns/column_layout.h"
#include "feed/columns/number_forms.h"

namespace factorwal::feed {

struct DatesAlone {
  const ColumnLayout& layout;  ///< with the instrument and one column for the timestamp
  SampleRows sample;
  std::vector<bool> taken;  ///< by --map, by column
  const FeedWords& words;
};

/// What is wrong and which options help, where the times of day seem to be in a column that is not
/// the timestamp's: an instrument has two rows of the same date, or a name says it. Else empty.
[[nodiscard]] std::string dates_alone(const DatesAlone& input);

}  // namespace factorwal::feed
