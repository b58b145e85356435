#pragma once
/// Where a data directory is, or will be.

#include <string>

#include "factorwal/result.h"

namespace factorwal::doctor {

/// The directory itself, or the one in which `run` would make it: absolute, without links.
/// `exists`: the directory itself is there.
[[nodiscard]] Result<std::string> place_of(const std::string& directory, bool& exists);

/// The kernel's list of mounts, for `find_mount`; empty without /proc.
[[nodiscard]] std::string read_mountinfo();

}  // namespace factorwal::doctor
