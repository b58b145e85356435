#pragma once
/// A file for DuckDB, with a view of each data set.

#include <string>

#include "archive/manifest.h"

namespace factorwal::archive {

inline constexpr const char* kViewName = "views.sql";
[[nodiscard]] std::string view_text(const Manifest& manifest);

}  // namespace factorwal::archive
