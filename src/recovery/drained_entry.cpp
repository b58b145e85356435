#include "recovery/drained_entry.h"

#include <optional>

#include "channel/entry.h"
#include "channel/layout_code.h"

namespace factorwal::recovery {
namespace {

using channel::EntryHeader;
using channel::EntryKind;
using channel::load_entry;

/// The definition's meaning in `names`, made if it is new; nothing when it is malformed.
std::optional<std::uint32_t> intern(wal::NameTable& names, EntryKind kind, ByteView content) {
  if (kind == EntryKind::kLayout) {
    Cursor cursor(content);
    TickLayout layout;
    if (!channel::get_layout(cursor, layout) || cursor.remaining() != 0) return {};
    return names.layouts.intern(layout);
  }
  const auto id = as_text(content);
  if (!wal::check_id("id", id)) return {};
  return kind == EntryKind::kInstrument ? names.instruments.intern(id) : names.factors.intern(id);
}

/// What a handle means, and from here on it means nothing else: entries are checked in their order,
/// and encoded when all meanings are known.
std::uint32_t meaning_of(wal::HandleMap::Table& table, std::uint32_t handle) {
  return table.try_emplace(handle, handle).first->second;
}

}  // namespace

bool resolve_entry(wal::NameTable& names, wal::HandleMap& map, ByteView entry) {
  const auto* at = entry.data();
  const auto instrument = [&](std::uint32_t handle) {
    return meaning_of(map.instruments, handle) < names.instruments.size();
  };
  const auto factor = [&](std::uint32_t handle) {
    return meaning_of(map.factors, handle) < names.factors.size();
  };
  const auto kind = load_entry<EntryHeader>(at).kind();
  switch (kind) {
    case EntryKind::kUpdate:
    case EntryKind::kVectorUpdate: {  // both begin alike
      const auto update = load_entry<channel::UpdateEntry>(at);
      return instrument(update.instrument) && factor(update.factor);
    }
    case EntryKind::kSnapshot: {
      const auto snapshot = load_entry<channel::SnapshotEntry>(at);
      bool known = instrument(snapshot.instrument);
      for (std::uint32_t i = 0; i < snapshot.count; ++i) {
        const auto* pair = at + sizeof snapshot + i * channel::kSnapshotPairBytes;
        known = known && factor(load<std::uint32_t>(pair));
      }
      return known;
    }
    case EntryKind::kTick:
    case EntryKind::kUncountedTick: {
      const auto tick = load_entry<channel::TickEntry>(at);
      const auto* layout = names.layouts.get(meaning_of(map.layouts, tick.layout));
      return instrument(tick.instrument) && layout != nullptr &&
             layout->fields.size() + layout->factors.size() == tick.value_count &&
             tick.position_bytes <= kPositionBytesMax;
    }
    case EntryKind::kPosition:
      return load_entry<channel::PositionEntry>(at).position_bytes <= kPositionBytesMax;
    case EntryKind::kTime:
    case EntryKind::kSkip:
    case EntryKind::kEnd: return true;
    case EntryKind::kInstrument:
    case EntryKind::kFactor:
    case EntryKind::kLayout: break;
  }
  const auto definition = load_entry<channel::DefinitionEntry>(at);
  const auto meaning = intern(names, kind, {at + sizeof definition, definition.bytes});
  if (!meaning) return false;
  auto& table = kind == EntryKind::kInstrument ? map.instruments
                : kind == EntryKind::kFactor   ? map.factors
                                               : map.layouts;
  return table.try_emplace(definition.handle, *meaning).first->second == *meaning;
}

bool DrainedRecord::from(const std::byte* at, const wal::HandleMap& map,
                         const wal::NameTable& names) {
  record = {};
  switch (load_entry<EntryHeader>(at).kind()) {
    case EntryKind::kTick:
    case EntryKind::kUncountedTick: {
      const auto tick = load_entry<channel::TickEntry>(at);
      record.type = RecordType::kTick;
      record.timestamp_ns = tick.timestamp_ns;
      record.tick_number = tick.tick_number();
      record.instrument = {wal::HandleMap::find(map.instruments, tick.instrument)};
      record.instrument_id = *names.instruments.name(record.instrument.index);
      record.layout_handle = {wal::HandleMap::find(map.layouts, tick.layout)};
      record.layout = names.layouts.get(record.layout_handle.index);
      values.resize(tick.value_count);
      // A null target is not memcpy's, not even for nothing.
      if (!values.empty()) {
        std::memcpy(values.data(), at + sizeof tick, values.size() * sizeof(double));
      }
      const auto all = std::span<const double>(values);
      record.fields = all.first(record.layout->fields.size());
      record.values = all.subspan(record.layout->fields.size());
      record.position = {at + sizeof tick + all.size_bytes(), tick.position_bytes};
      return true;
    }
    case EntryKind::kPosition: {
      const auto position = load_entry<channel::PositionEntry>(at);
      record.type = RecordType::kPosition;
      record.position = {at + sizeof position, position.position_bytes};
      return true;
    }
    case EntryKind::kTime:
      record.type = RecordType::kTime;
      record.timestamp_ns = load_entry<channel::TimeEntry>(at).timestamp_ns;
      return true;
    default: return false;
  }
}

}  // namespace factorwal::recovery
