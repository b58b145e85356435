#pragma once
/// What is known against an operator's state: that ticks it depends on are missing, or that it
/// began too late.

#include <algorithm>
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

/// Whether `one` is further from being exact than `other`.
[[nodiscard]] inline bool is_worse(const Doubt& one, const Doubt& other) noexcept {
  if (one.quality != other.quality) return one.quality > other.quality;
  return one.exact_updates < other.exact_updates;
}

/// What is beyond doubt only when it is in both.
[[nodiscard]] inline Doubt worst_of(const Doubt& one, const Doubt& other) noexcept {
  if (one.quality == Quality::kExact) return other;
  if (other.quality == Quality::kExact) return one;
  const auto& worse = is_worse(one, other) ? one : other;
  return {worse.quality, std::min(one.exact_updates, other.exact_updates), worse.since};
}

}  // namespace factorwal::graph
