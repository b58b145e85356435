#pragma once
/// Whether some process has a file open for writing, or mapped so that it writes there.

#include <optional>
#include <string>

namespace factorwal::rings {

/// Of processes in other containers, too. Nothing where the system does not tell: the file is
/// another user's, or lies on a file system without leases.
[[nodiscard]] std::optional<bool> has_writer(const std::string& path);

}  // namespace factorwal::rings
