#pragma once
/// The engine's settings from a preset, a TOML file, and the command line, in that order.

#include <optional>
#include <string>

#include "factorwal/engine.h"

namespace factorwal::tool {

/// `preset`: high_throughput, low_latency, balanced, or empty. `path`: a TOML file, or empty. An
/// unknown key or a value of the wrong kind is kInvalidArgument, with file, line and the known
/// keys.
[[nodiscard]] Result<EngineOptions> load_run_config(const std::string& preset,
                                                    const std::string& path);

}  // namespace factorwal::tool
