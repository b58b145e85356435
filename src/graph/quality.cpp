#include "factorwal/quality.h"

namespace factorwal {

std::string_view to_string(Quality quality) noexcept {
  switch (quality) {
    case Quality::kExact: return "exact";
    case Quality::kApproximate: return "approximate";
    case Quality::kHit: return "hit";
  }
  return "unknown";
}

}  // namespace factorwal
