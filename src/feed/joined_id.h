#pragma once
/// \file
/// An instrument's id from one cell, or from several.

#include <cstddef>
#include <string>
#include <string_view>

#include "factorwal/feed/report.h"
#include "feed/bytes/cells.h"
#include "feed/columns/column_layout.h"
#include "feed/id_guard.h"
#include "feed/limits.h"

namespace factorwal::feed {

/// Where it is bad: the fault's column, and in `text` its cell.
struct JoinedId {
  BadRow fault = BadRow::kNone;
  std::size_t column = kNoColumn;
  std::string_view text;  ///< the id; of a cell, or of `joined`
};

/// Cells as they stand: spaces around an id are part of it, and tell it from another one.
/// `cell`: the text of a column's cell; only the last one asked for needs to stay. Requires: the
/// layout has an instrument.
template <class Cell>
JoinedId join_id(const ColumnLayout& layout, Cell cell, std::string& joined) {
  const std::size_t first = layout.instrument.front();
  std::string_view id = without_guard(cell(first));
  if (trimmed(id).empty()) return {BadRow::kEmptyInstrument, first, id};
  if (layout.instrument.size() > 1) {
    joined = id;
    for (std::size_t i = 1; i < layout.instrument.size(); ++i) {
      const std::string_view part = without_guard(cell(layout.instrument[i]));
      if (trimmed(part).empty()) {
        if (layout.may_be_empty[i]) continue;
        return {BadRow::kEmptyInstrument, layout.instrument[i], part};
      }
      joined += '.';
      joined += part;
    }
    id = joined;
  }
  const bool long_id = id.size() > kMaxInstrumentBytes;
  return {long_id ? BadRow::kLongInstrument : BadRow::kNone, first, id};
}

}  // namespace factorwal::feed
