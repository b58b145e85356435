#pragma once
/// Sections that describe the ring of a dead process.

#include <cstdint>

namespace factorwal::fuzz {

enum class RingSection : std::uint8_t {
  kControl = 0,    ///< u64 head (all ones: behind the last entry), tail, released ordinal; u8 log2
                   ///< of the capacity
  kEntry = 1,      ///< u8 kind, then what follows an entry's header; sealed, with the next ordinal
  kRaw = 2,        ///< bytes as they are, at the place of the next entry
  kFlips = 3,      ///< in the whole file, below no seal
  kLogged = 4,     ///< u64: the ordinal that the log has reached
  kDrain = 5,      ///< an open drains it
  kOrdinal = 6,    ///< u64: the next entry's
  kRawHeader = 7,  ///< what a ring header's checksum covers; sealed
};

}  // namespace factorwal::fuzz
