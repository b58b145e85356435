#pragma once
/// What a frame says of the log around it.

#include <cstdint>

#include "factorwal/types.h"

namespace factorwal::wal {

/// One of the channel's rings and how far a frame has taken from it.
struct RingMark {
  std::uint64_t ring = 0;
  std::uint64_t ordinal = 0;
};

/// How far the log was durable when the frame was written.
struct Frontier {
  Sequence sequence = 0;
  std::uint64_t offset = 0;  ///< end of the durable bytes of this segment
};

}  // namespace factorwal::wal
