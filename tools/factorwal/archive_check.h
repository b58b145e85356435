#pragma once
/// The part of `verify` that reads the archive of a log.

#include <optional>
#include <string>

#include "reading/json_writer.h"
#include "reading/output.h"

namespace factorwal::tool {

struct ArchiveCheck {
  std::string text;  ///< lines for people
  std::string json;  ///< one object
  bool intact = true;
};

/// Checks the archive that lies in the data directory, and compares it with the log; nothing where
/// there is none. In a build without the archive it is an archive that cannot be read.
[[nodiscard]] Result<std::optional<ArchiveCheck>> check_archive(const std::string& directory);

}  // namespace factorwal::tool
