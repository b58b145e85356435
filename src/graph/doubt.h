#pragma once
/// What is known against an operator's state: that ticks it depends on are missing, or that it
/// began too late.

#include <cstdint>

#include "factorwal/quality.h"
#include "factorwal/types.h"

namespace factorwal::graph {

struct Doubt {
  Quality quality = Quality::kExact;
  std::uint64_t exact_updates = 0;  ///< with exact inputs, since the last one without
  Sequence since = 0;               ///< where the log was when it began
  friend bool operator==(const Doubt&, const Doubt&) = default;
};

}  // namespace factorwal::graph
