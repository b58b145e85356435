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
