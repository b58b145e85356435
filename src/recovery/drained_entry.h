#pragma once
/// What an entry in the ring of a dead process is to the log that drains it.

#include <vector>

#include "factorwal/record.h"
#include "wal/format/name_table.h"
#include "wal/writing/channel_entry.h"

namespace factorwal::recovery {

/// Whether all that an entry refers to is known, and agrees with it. Definitions are interned.
[[nodiscard]] bool resolve_entry(wal::NameTable& names, wal::HandleMap& map, ByteView entry);

/// A drained record as a replay wants it: ticks, times and positions move an engine on.
struct DrainedRecord {
  LogRecord record;
  std::vector<double> values;

  /// False for what is none of these. Requires: the entry was resolved.
  [[nodiscard]] bool from(const std::byte* at, const wal::HandleMap& map,
                          const wal::NameTable& names);
};

}  // namespace factorwal::recovery
