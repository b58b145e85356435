#include "reading/inventory.h"

#include <algorithm>

namespace factorwal::tool {
namespace {

InstrumentInventory& at(Inventory& inventory, const LogRecord& record) {
  const std::size_t index = record.instrument.index;
  if (index >= inventory.instruments.size()) inventory.instruments.resize(index + 1);
  auto& instrument = inventory.instruments[index];
  if (instrument.id.empty()) instrument.id = record.instrument_id;
  return instrument;
}

}  // namespace

void take_stock(Inventory& inventory, Columns& columns, const LogRecord& record) {
  ++inventory.records[static_cast<std::size_t>(record.type)];
  if ((record.type == RecordType::kTick || record.type == RecordType::kPosition) &&
      !record.position.empty()) {
    inventory.position.assign(record.position.begin(), record.position.end());
  }
  if (record.type == RecordType::kTime || record.type == RecordType::kPosition) return;
  auto& instrument = at(inventory, record);
  if (record.type == RecordType::kOperatorState) {
    ++instrument.states;
    instrument.state_tick = record.tick_number;
    instrument.state_bytes = record.state.size();
    return;
  }
  instrument.last_time_ns = std::max(instrument.last_time_ns, record.timestamp_ns);
  if (record.type == RecordType::kTick) {
    ++instrument.ticks;
    instrument.last_tick = record.tick_number;
  } else {
    ++(record.type == RecordType::kSnapshot ? instrument.snapshots : instrument.updates);
  }
  columns.note(record);
  columns.note_snapshot(record);
  inventory.latest.apply(record);
}

}  // namespace factorwal::tool
