#include "factorwal/channel_recovery.h"
#include "factorwal/finding.h"
#include "factorwal/record.h"

namespace factorwal {

std::string_view to_string(Damage damage) noexcept {
  switch (damage) {
    case Damage::kCorrupt: return "corrupt";
    case Damage::kTorn: return "torn";
    case Damage::kUndecidable: return "undecidable";
  }
  return "unknown";
}

std::string_view to_string(RingVerdict verdict) noexcept {
  switch (verdict) {
    case RingVerdict::kDrained: return "drained";
    case RingVerdict::kOtherBoot: return "of another boot";
    case RingVerdict::kOtherDirectory: return "of another directory";
    case RingVerdict::kNewerVersion: return "of a newer version";
    case RingVerdict::kDamaged: return "damaged";
    case RingVerdict::kAheadOfLog: return "ahead of the log";
    case RingVerdict::kAbsent: return "missing";
    case RingVerdict::kHeap: return "heap";
    case RingVerdict::kEarlierVersion: return "of an earlier version";
  }
  return "unknown";
}

bool RingRecovery::may_have_lost() const noexcept {
  switch (verdict) {
    case RingVerdict::kDrained: return lost > 0;
    case RingVerdict::kOtherDirectory: return original.empty();
    default: return true;
  }
}

std::string_view to_string(ChannelKind kind) noexcept {
  switch (kind) {
    case ChannelKind::kShm: return "shm";
    case ChannelKind::kFile: return "file";
    case ChannelKind::kHeap: return "heap";
  }
  return "unknown";
}

std::string_view to_string(RecordType type) noexcept {
  switch (type) {
    case RecordType::kUpdate: return "update";
    case RecordType::kVectorUpdate: return "vector_update";
    case RecordType::kSnapshot: return "snapshot";
    case RecordType::kTick: return "tick";
    case RecordType::kTime: return "time";
    case RecordType::kPosition: return "position";
    case RecordType::kOperatorState: return "operator_state";
  }
  return "unknown";
}

}  // namespace factorwal
