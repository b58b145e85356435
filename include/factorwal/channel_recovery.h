#pragma once
/// \file
/// What an open found of the channel that its predecessor left.

#include <cstdint>
#include <string>
#include <string_view>

#include "factorwal/export.h"
#include "factorwal/options.h"

namespace factorwal {

/// What became of a ring that an earlier process filled.
enum class RingVerdict : std::uint8_t {
  kDrained = 0,         ///< what it held and the log did not is in the log now, once
  kOtherBoot = 1,       ///< the machine was restarted since: what it held is not known to be whole
  kOtherDirectory = 2,  ///< it belongs to another directory, of which this one may be a copy
  kNewerVersion = 3,    ///< written by a newer release
  kDamaged = 4,         ///< its bytes do not hold
  kAheadOfLog = 5,  ///< it gave back records that the log does not have: the log is an older copy
  kAbsent = 6,  ///< on record and not there, or the record itself (the file RINGS) is not there:
                ///< accepted records may be lost
  kHeap = 7,    ///< it was memory of the process: accepted records may be lost
  kEarlierVersion = 8,  ///< written by an earlier pre-release
};

/// "drained", "of another boot", ...
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(RingVerdict verdict) noexcept;
/// "shm", "file", "heap"
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(ChannelKind kind) noexcept;

struct RingRecovery {
  RingVerdict verdict = RingVerdict::kDrained;
  ChannelKind kind = ChannelKind::kShm;
  std::string path;  ///< empty for kHeap
  /// Where a ring in the data directory is now that was given up; empty for others. No open reads
  /// it again; `factorwal rings --clear` removes it.
  std::string kept;
  /// Where the directory that a ring of kOtherDirectory belongs to is; empty if it was not found.
  std::string original;
  /// Whether the ring could be read. If not, of the next four only `drained` means something.
  bool counted = false;
  /// Records of this ring, counted from 1: accepted by it; in the log before; drained into it; in
  /// no log although they had been accepted.
  std::uint64_t accepted = 0;
  std::uint64_t logged = 0;
  std::uint64_t drained = 0;
  std::uint64_t lost = 0;

  /// Records that the directory had accepted through it are in no log, or nobody can tell.
  [[nodiscard]] bool may_have_lost() const noexcept;
};

}  // namespace factorwal
