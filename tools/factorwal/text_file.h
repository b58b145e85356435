#pragma once
/// A small text file that a user names.

#include <cstddef>
#include <string>

#include "factorwal/result.h"

namespace factorwal::tool {

/// More cannot be meant: not one byte beyond it is kept.
inline constexpr std::size_t kTextFileBytesMax = std::size_t{1} << 20;

/// `-` is standard input. A directory, what cannot be read, or what is longer than that, is an
/// error with its reason.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

}  // namespace factorwal::tool
