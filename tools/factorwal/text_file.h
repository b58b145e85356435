#pragma once
/// A small text file that a user names.

#include <string>

#include "factorwal/result.h"

namespace factorwal::tool {

/// `-` is standard input. A directory, or what cannot be read, is an error with its reason.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

}  // namespace factorwal::tool
