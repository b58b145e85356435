#pragma once
/// The lock of a data directory: it belongs to the open file, so that it ends with the process; the
/// file holds the owner's pid.

#include <cstdint>
#include <memory>
#include <string>

#include "base/file.h"

namespace factorwal::posix {

/// kLocked, and who has it, when it is taken.
[[nodiscard]] Result<std::unique_ptr<FileLock>> take_lock_file(const std::string& path);

/// The pid of the process that has it; 0 if nobody has, -1 if it does not tell.
[[nodiscard]] Result<std::int64_t> holder_of_lock_file(const std::string& path);

}  // namespace factorwal::posix
