#pragma once
/// Times in another unit than nanoseconds: docs/decisions/0007-timestamps-of-another-unit.md.

#include "factorwal/types.h"

namespace factorwal::persist {

/// The end of 2099 in microseconds: from here on a time can only be nanoseconds.
inline constexpr TimestampNs kOtherUnitsEnd = 4'102'444'800'000'000;

/// Whether it lies where a time from 1990 to 2099 in seconds, milliseconds or microseconds does.
[[nodiscard]] bool looks_like_other_unit(TimestampNs timestamp_ns) noexcept;

}  // namespace factorwal::persist
