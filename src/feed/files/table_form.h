#pragma once
/// \file
/// Files of columns: not for the CSV reader.

#include <string>
#include <string_view>

namespace factorwal::feed {

/// What the first bytes of a file say it is, e.g. "a Parquet file"; empty for anything else, and
/// for what is no plain file.
[[nodiscard]] std::string_view table_form(const std::string& path);

}  // namespace factorwal::feed
