#pragma once
/// Which rings there are, whose they are, and who still needs them. Reads only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "factorwal/options.h"

namespace factorwal::rings {

enum class Verdict : std::uint8_t {
  kInUse,      ///< a process fills it, or the open of its directory drains it now
  kNeeded,     ///< the next open of its directory drains it, or is refused because of it
  kUnclaimed,  ///< it holds records, and its directory is not where it was: moved, not mounted, or
               ///< gone; or its header does not tell
  kKept,       ///< an open gave it up, and said so: nothing will ever read it but a person
  kOrphan,     ///< nothing will ever read it
};
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

struct Ring {
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
  Verdict verdict = Verdict::kOrphan;
  std::string why;
};

/// The rings in shared memory and in `directories`, those that somebody needs first. Fails when a
/// directory cannot be listed.
[[nodiscard]] Result<std::vector<Ring>> survey(FileSystem& files,
                                               const std::vector<std::string>& directories);

/// One of them as it is now. `locked_by_us`: the directory whose lock the caller holds, if any.
[[nodiscard]] Result<Ring> look_again(FileSystem& files, const Ring& ring,
                                      const std::vector<std::string>& directories,
                                      const std::string& locked_by_us);

}  // namespace factorwal::rings
