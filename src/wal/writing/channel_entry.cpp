#include "wal/writing/channel_entry.h"

#include "base/check.h"

namespace factorwal::wal {
namespace {

using channel::EntryKind;
using channel::load_entry;

/// One entry on its way into the frame.
class Adding {
 public:
  Adding(Log& log, const HandleMap& handles)
      : log_(log), names_(log.names), writer_(*log.writer), handles_(handles) {}

  void update(const std::byte* at) {
    const auto entry = load_entry<channel::UpdateEntry>(at);
    add_update(log_, {HandleMap::find(handles_.instruments, entry.instrument)},
               {HandleMap::find(handles_.factors, entry.factor)}, entry.timestamp_ns, entry.value);
  }
  void vector_update(const std::byte* at) {
    const auto entry = load_entry<channel::VectorEntry>(at);
    const auto to = instrument(entry.instrument);
    const auto of = factor(entry.factor);
    writer_.note_event(to, entry.timestamp_ns);
    writer_.frame().add_vector_update(to, of, entry.timestamp_ns,
                                      {at + sizeof entry, entry.count * sizeof(double)});
  }
  void snapshot(const std::byte* at) {
    const auto entry = load_entry<channel::SnapshotEntry>(at);
    const auto to = instrument(entry.instrument);
    const auto* pair = at + sizeof entry;
    Bytes pairs(entry.count * channel::kSnapshotPairBytes);
    std::copy_n(pair, pairs.size(), pairs.begin());
    for (std::size_t i = 0; i < pairs.size(); i += channel::kSnapshotPairBytes) {
      store(pairs.data() + i, factor(load<std::uint32_t>(pairs.data() + i)).index);
    }
    writer_.note_event(to, entry.timestamp_ns);
    writer_.frame().add_snapshot(to, names_.event_time(to), entry.checkpoint_id, pairs);
  }
  void tick(const std::byte* at) {
    auto entry = load_entry<channel::TickEntry>(at);
    entry.instrument = HandleMap::find(handles_.instruments, entry.instrument);
    entry.layout = HandleMap::find(handles_.layouts, entry.layout);
    add_tick(log_, at, entry);
  }
  void time(const std::byte* at) {
    writer_.frame().add_time(load_entry<channel::TimeEntry>(at).timestamp_ns);
  }
  void position(const std::byte* at) {
    const auto entry = load_entry<channel::PositionEntry>(at);
    writer_.frame().add_position({at + sizeof entry, entry.position_bytes});
  }
  // A definition is put into the log even if nothing that uses it follows yet: once its space in
  // the ring is given back, the log is where its meaning stands.
  void definition(const std::byte* at, EntryKind kind) {
    const auto entry = load_entry<channel::DefinitionEntry>(at);
    if (kind == EntryKind::kInstrument) {
      instrument(entry.handle);
    } else if (kind == EntryKind::kFactor) {
      factor(entry.handle);
    } else {
      writer_.define_layout({HandleMap::find(handles_.layouts, entry.handle)});
    }
  }

 private:
  InstrumentHandle instrument(std::uint32_t handle) {
    const InstrumentHandle found{HandleMap::find(handles_.instruments, handle)};
    writer_.define_instrument(found);
    return found;
  }
  FactorHandle factor(std::uint32_t handle) {
    const FactorHandle found{HandleMap::find(handles_.factors, handle)};
    writer_.define_factor(found);
    return found;
  }

  Log& log_;
  NameTable& names_;
  WalWriter& writer_;
  const HandleMap& handles_;
};

}  // namespace

void add_entry(Log& log, const std::byte* at, const HandleMap& handles) {
  Adding adding(log, handles);
  const auto kind = load_entry<channel::EntryHeader>(at).kind();
  switch (kind) {
    case EntryKind::kUpdate: return adding.update(at);
    case EntryKind::kVectorUpdate: return adding.vector_update(at);
    case EntryKind::kSnapshot: return adding.snapshot(at);
    case EntryKind::kTick:
    case EntryKind::kUncountedTick: return adding.tick(at);
    case EntryKind::kTime: return adding.time(at);
    case EntryKind::kPosition: return adding.position(at);
    case EntryKind::kInstrument:
    case EntryKind::kFactor:
    case EntryKind::kLayout: return adding.definition(at, kind);
    case EntryKind::kSkip:
    case EntryKind::kEnd: break;
  }
  FACTORWAL_CHECK(false && "the channel holds an entry of no known kind");
}

}  // namespace factorwal::wal
