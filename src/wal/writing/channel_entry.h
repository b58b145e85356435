#pragma once
/// From an entry of the channel to a record of the log.

#include <unordered_map>

#include "channel/entry.h"
#include "wal/writing/log.h"

namespace factorwal::wal {

/// What the handles in a ring's entries mean in the log at hand. Without an entry: the same.
struct HandleMap {
  using Table = std::unordered_map<std::uint32_t, std::uint32_t>;
  Table instruments;
  Table factors;
  Table layouts;

  [[nodiscard]] static std::uint32_t find(const Table& table, std::uint32_t handle) {
    if (table.empty()) return handle;
    const auto it = table.find(handle);
    return it == table.end() ? handle : it->second;
  }
};

// In line: most of what is sent is updates and ticks. Handles as they are in the log.

inline void add_update(Log& log, InstrumentHandle instrument, FactorHandle factor,
                       TimestampNs timestamp_ns, double value) {
  auto& writer = *log.writer;
  writer.define_instrument(instrument);
  writer.define_factor(factor);
  writer.note_event(instrument, timestamp_ns);
  writer.frame().add_update(instrument, factor, timestamp_ns, value);
}

/// `at`: of the entry.
inline void add_tick(Log& log, const std::byte* at, const channel::TickEntry& tick) {
  auto& writer = *log.writer;
  const InstrumentHandle instrument{tick.instrument};
  const LayoutHandle layout{tick.layout};
  const auto* values = at + sizeof tick;
  const auto value_bytes = tick.value_count * sizeof(double);
  writer.define_instrument(instrument);
  writer.define_layout(layout);
  writer.note_event(instrument, tick.timestamp_ns);
  writer.frame().add_tick(instrument, layout, tick.timestamp_ns, tick.tick_number(),
                          {values + value_bytes, tick.position_bytes}, {values, value_bytes});
}

/// Encodes an entry into the writer's frame. The log's mutex must be held; handles must be known.
void add_entry(Log& log, const std::byte* entry, const HandleMap& handles);

}  // namespace factorwal::wal
