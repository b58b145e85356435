#pragma once
/// Removes rings, and never one that a process uses.

#include "rings/survey.h"

namespace factorwal::rings {

/// Removes the file of a ring that a survey has found. It is looked at again, with the lock of its
/// directory held, so that no open begins meanwhile: kLocked when it is in use by now,
/// kInvalidArgument when it is one that somebody may still need and `given_up` is false.
[[nodiscard]] Status clear(FileSystem& files, const Ring& ring,
                           const std::vector<std::string>& directories, bool given_up);

}  // namespace factorwal::rings
