#pragma once
/// \file
/// What tells a file again.

#include <string>
#include <string_view>

#include "factorwal/feed/position.h"

namespace factorwal::feed {

/// `header`, `first_row`: the first data lines as in the file, without line ends.
[[nodiscard]] FileIdentity identify(const std::string& path, std::string_view header,
                                    std::string_view first_row);

}  // namespace factorwal::feed
