#pragma once
/// Which rings there are, whose they are, and who still needs them; and removing those that nobody
/// does, and never one that a process uses. `factorwal/rings.h` is its public face.

#include "base/file.h"
#include "factorwal/rings.h"

namespace factorwal::rings {

using Ring = FoundRing;
using Verdict = RingUse;

/// As `survey_rings`.
[[nodiscard]] Result<std::vector<Ring>> survey(FileSystem& files,
                                               const std::vector<std::string>& directories);

/// One of them as it is now. `locked_by_us`: the directory whose lock the caller holds, if any.
[[nodiscard]] Result<Ring> look_again(FileSystem& files, const Ring& ring,
                                      const std::vector<std::string>& directories,
                                      const std::string& locked_by_us);

/// As `clear_ring`.
[[nodiscard]] Status clear(FileSystem& files, const Ring& ring,
                           const std::vector<std::string>& directories, bool given_up);

}  // namespace factorwal::rings
