#pragma once
/// \file
/// What is said of the columns once they are found.

#include "feed/columns/column_layout.h"

namespace factorwal::feed {

/// Names that are not the ticks' own, the file's form, words that are numbers, the parts of the
/// timestamp, and what seems to lack. `close_hint` is said where the last price does.
void note_layout(const ColumnLayout& layout, const LayoutInput& input, const FeedOptions& options,
                 const std::string& close_hint, FeedReport& report);

}  // namespace factorwal::feed
