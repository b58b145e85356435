#pragma once
/// What names a log holds, found in a pass that decodes no more than it must. Two passes over one
/// look at the directory see the same records, also beside a live writer.

#include <limits>

#include "reading/columns.h"
#include "wal/reading/log_reader.h"

namespace factorwal::tool {

/// In order of definition.
struct KnownNames {
  std::vector<std::string> instruments;
  std::vector<std::string> fields;
  std::vector<std::string> factors;
};
[[nodiscard]] KnownNames known_names(const wal::NameTable& names);

struct Survey {
  KnownNames known;
  std::vector<Finding> findings;
};

/// Fills `columns` in order of first appearance; factors that only snapshots hold come last, and
/// only with `snapshots`. Records above `last` do not count.
[[nodiscard]] Result<Survey> survey(const wal::LogView& view, wal::NameTable& names,
                                    Columns& columns, bool snapshots,
                                    Sequence last = std::numeric_limits<Sequence>::max());

}  // namespace factorwal::tool
