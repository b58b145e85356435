#pragma once
/// `factorwal inspect`: segments, frames and records, byte by byte where need be.

#include <cstdint>
#include <optional>
#include <string>

#include "exit_code.h"

namespace factorwal::tool {

struct InspectOptions {
  std::string path;  ///< a data directory or a segment
  bool json = false;
  bool records = false;
  std::optional<std::uint64_t> limit;  ///< frames; none: 50 as text, all as JSON
};

ExitCode run_inspect(const InspectOptions& options);

}  // namespace factorwal::tool
