#pragma once
/// What the tool's exit status means. Scripts rely on it.

#include "factorwal/result.h"

namespace factorwal::tool {

enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kCorruption = 3,  ///< something durable is damaged
  kDegraded = 4,    ///< it works, but not everything is durable, damage makes factors missing, or
                    ///< records that an earlier process had accepted may be lost
};

[[nodiscard]] inline ExitCode exit_code(const Error& error) noexcept {
  return error.code == Errc::kCorruption ? ExitCode::kCorruption : ExitCode::kFailure;
}

}  // namespace factorwal::tool
