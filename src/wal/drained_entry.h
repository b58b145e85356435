#pragma once
/// What an entry in the ring of a dead process is to the log that drains it.

#include <vector>

#include "factorwal/record.h"
#include "wal/channel_entry.h"
#include "wal/name_table.h"

namespace factorwal::wal {

/// Whether all that an entry refers to is known, and agrees with it. Definitions are interned.
[[nodiscard]] bool resolve_entry(NameTable& names, HandleMap& map, ByteView entry);

/// A drained record as a replay wants it: ticks, times and positions move an engine on.
struct DrainedRecord {
  LogRecord record;
  std::vector<double> values;

  /// False for what is none of these. Requires: the entry was resolved.
  [[nodiscard]] bool from(const std::byte* at, const HandleMap& map, const NameTable& names);
};

}  // namespace factorwal::wal
