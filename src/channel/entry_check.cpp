#include "channel/entry_check.h"

namespace factorwal::channel {
namespace {

template <class Entry>
bool fits(ByteView entry, std::uint64_t variable) noexcept {
  return variable <= entry.size() && entry_bytes(sizeof(Entry), variable) == entry.size();
}

}  // namespace

bool is_well_formed(ByteView entry) noexcept {
  switch (load_entry<EntryHeader>(entry.data()).kind()) {
    case EntryKind::kSkip: return true;
    case EntryKind::kEnd: return entry.size() == sizeof(EntryHeader);
    case EntryKind::kUpdate: return entry.size() == sizeof(UpdateEntry);
    case EntryKind::kTime: return entry.size() == sizeof(TimeEntry);
    case EntryKind::kVectorUpdate: {
      if (entry.size() < sizeof(VectorEntry)) return false;
      const auto vector = load_entry<VectorEntry>(entry.data());
      return vector.count <= entry.size() &&
             fits<VectorEntry>(entry, vector.count * sizeof(double));
    }
    case EntryKind::kSnapshot: {
      if (entry.size() < sizeof(SnapshotEntry)) return false;
      const auto snapshot = load_entry<SnapshotEntry>(entry.data());
      return fits<SnapshotEntry>(entry, std::uint64_t{snapshot.count} * kSnapshotPairBytes);
    }
    case EntryKind::kTick:
    case EntryKind::kUncountedTick: {
      if (entry.size() < sizeof(TickEntry)) return false;
      const auto tick = load_entry<TickEntry>(entry.data());
      return fits<TickEntry>(
          entry, std::uint64_t{tick.value_count} * sizeof(double) + tick.position_bytes);
    }
    case EntryKind::kPosition: {
      if (entry.size() < sizeof(PositionEntry)) return false;
      return fits<PositionEntry>(entry, load_entry<PositionEntry>(entry.data()).position_bytes);
    }
    case EntryKind::kInstrument:
    case EntryKind::kFactor:
    case EntryKind::kLayout: {
      if (entry.size() < sizeof(DefinitionEntry)) return false;
      return fits<DefinitionEntry>(entry, load_entry<DefinitionEntry>(entry.data()).bytes);
    }
  }
  return false;
}

}  // namespace factorwal::channel
