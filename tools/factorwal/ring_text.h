#pragma once
/// Rings of an earlier process, told to people.

#include <span>
#include <string>

#include "factorwal/channel_recovery.h"

namespace factorwal::tool {

/// What an open makes of a ring, and what that costs. Empty where there is nothing to tell.
[[nodiscard]] std::string describe(const RingRecovery& ring);

/// Says on standard error which rings may have cost accepted records. Whether any may have.
bool report_losses(std::span<const RingRecovery> rings);

}  // namespace factorwal::tool
