#pragma once
/// \file
/// What an open found of the channel that its predecessor left.

#include <cstdint>
#include <string>
#include <string_view>

#include "factorwal/options.h"

namespace factorwal {

/// What became of a ring that an earlier process filled.
enum class RingVerdict : std::uint8_t {
  kDrained = 0,         ///< what it held and the log did not is in the log now, once
  kOtherBoot = 1,       ///< the machine was restarted since: what it held is not known to be whole
  kOtherDirectory = 2,  ///< it belongs to the directory that this one is a copy of; left alone
  kNewerVersion = 3,    ///< written by a newer release
  kDamaged = 4,         ///< its bytes do not hold
  kAheadOfLog = 5,  ///< it gave back records that the log does not have: the log is an older copy
  kAbsent = 6,  ///< on record and not there, or the record itself (the file RINGS) is not there:
                ///< accepted records may be lost
  kHeap = 7,    ///< it was memory of the process: accepted records may be lost
};

/// "drained", "of another boot", ...
[[nodiscard]] std::string_view to_string(RingVerdict verdict) noexcept;
/// "shm", "file", "heap"
[[nodiscard]] std::string_view to_string(ChannelKind kind) noexcept;

struct RingRecovery {
  RingVerdict verdict = RingVerdict::kDrained;
  ChannelKind kind = ChannelKind::kShm;
  std::string path;  ///< empty for kHeap
  /// Records of this ring, counted from 1: accepted by it; in the log before; drained into it; in
  /// no log although they had been accepted. Known for kDrained and kAheadOfLog.
  std::uint64_t accepted = 0;
  std::uint64_t logged = 0;
  std::uint64_t drained = 0;
  std::uint64_t lost = 0;
};

}  // namespace factorwal
