#pragma once
/// \file
/// Ids as spreadsheets keep them from becoming numbers.

#include <string_view>

namespace factorwal::feed {

/// `000001` of `="000001"`, and any other cell as it stands.
[[nodiscard]] inline std::string_view without_guard(std::string_view cell) noexcept {
  const bool guarded = cell.size() >= 3 && cell.starts_with("=\"") && cell.ends_with('"');
  return guarded ? cell.substr(2, cell.size() - 3) : cell;
}

}  // namespace factorwal::feed
