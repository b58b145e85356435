#pragma once
/// How tick files that are Parquet or Arrow are read.

#include "factorwal/feed/options.h"

namespace factorwal::tool {

/// Through the archive's library; in a build without it, each such file is refused, with the way
/// out.
[[nodiscard]] feed::OpenTable table_opener();

}  // namespace factorwal::tool
