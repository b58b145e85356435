#pragma once
/// Files that are there as a whole or not at all.

#include <string>

#include "base/file.h"

namespace factorwal::posix {

/// The file without a name until it is whole, so that a process that dies here leaves nothing
/// behind; where a file cannot be without a name, it has it from the start.
[[nodiscard]] Result<int> make_new_file(const std::string& path, const NewFile& made);

}  // namespace factorwal::posix
