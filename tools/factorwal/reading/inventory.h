#pragma once
/// What one pass over a log finds: counts, last values, states, positions.

#include <array>
#include <string>
#include <vector>

#include "reading/latest_values.h"

namespace factorwal::tool {

struct InstrumentInventory {
  std::string id;
  std::uint64_t ticks = 0;
  std::uint64_t updates = 0;
  std::uint64_t snapshots = 0;
  TimestampNs last_time_ns = kNoTimestamp;  ///< a maximum
  TickNumber last_tick;
  std::uint64_t states = 0;  ///< operator states in the log
  TickNumber state_tick;     ///< the tick that the latest of them follows
  std::uint64_t state_bytes = 0;
};

inline constexpr std::size_t kRecordTypes = 7;

struct Inventory {
  explicit Inventory(Columns& columns) : latest(columns) {}
  std::array<std::uint64_t, kRecordTypes> records{};  ///< by RecordType
  std::vector<InstrumentInventory> instruments;       ///< by handle
  LatestValues latest;
  std::vector<std::byte> position;  ///< the last one of a source
};

/// Adds a record. `columns` are those of `inventory.latest`.
void take_stock(Inventory& inventory, Columns& columns, const LogRecord& record);

}  // namespace factorwal::tool
