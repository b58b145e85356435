#pragma once
/// \file
/// The rings in which accepted records wait for the log, and what processes that are gone have left
/// of them: whose they are, who still needs them, and removing those that nobody does.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/options.h"
#include "factorwal/result.h"

namespace factorwal {

/// Who needs a ring.
enum class RingUse : std::uint8_t {
  kInUse,      ///< a process fills it, or the open of its directory drains it now
  kNeeded,     ///< the next open of its directory drains it, or is refused because of it
  kUnclaimed,  ///< it holds records, and its directory is not where it was: moved, not mounted, or
               ///< gone; or its header does not tell
  kKept,       ///< an open gave it up, and said so: nothing will ever read it but a person
  kOrphan,     ///< nothing will ever read it
};
/// "in use", "needed", ...
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(RingUse use) noexcept;

struct FoundRing {
  std::string path;
  ChannelKind kind = ChannelKind::kShm;
  std::uint64_t file_bytes = 0;
  std::string directory;  ///< that it belongs to, as far as known
  std::uint64_t pid = 0;  ///< of the process that made it; 0 when its header does not tell
  bool process_lives = false;
  bool directory_locked = false;
  /// Records that it holds: accepted, and their space not given back. Nothing when it cannot be
  /// read, and while a process changes it faster than it can be read.
  std::optional<std::uint64_t> held;
  /// Of these, the ones that its directory's log does not have. Nothing when that is not known.
  std::optional<std::uint64_t> not_logged;
  RingUse verdict = RingUse::kOrphan;
  std::string why;
};

/// Where rings of ChannelKind::kShm lie.
[[nodiscard]] FACTORWAL_EXPORT std::string shared_memory_directory();

/// The rings in shared memory and in `directories`, those that somebody needs first. Reads only.
/// Fails when a directory cannot be listed.
[[nodiscard]] FACTORWAL_EXPORT Result<std::vector<FoundRing>> survey_rings(
    const std::vector<std::string>& directories);

/// Removes the file of a ring that `survey_rings` of the same directories has found. It is looked
/// at again, with the lock of its directory held, so that no open begins meanwhile: kLocked when it
/// is in use by now, kInvalidArgument when it is one that somebody may still need and `given_up` is
/// false.
[[nodiscard]] FACTORWAL_EXPORT Status clear_ring(const FoundRing& ring,
                                                 const std::vector<std::string>& directories,
                                                 bool given_up);

}  // namespace factorwal
