#pragma once
/// Times in another unit than nanoseconds: docs/decisions/0007-timestamps-of-another-unit.md.

#include <cstdint>

#include "factorwal/types.h"

namespace factorwal::persist {

/// 1990 in seconds, and the end of 2099 in microseconds: a time outside can only be nanoseconds.
inline constexpr TimestampNs kOtherUnitsBegin = 631'152'000;
inline constexpr TimestampNs kOtherUnitsEnd = 4'102'444'800'000'000;

/// For every send: one compare.
[[nodiscard]] inline bool may_be_other_unit(TimestampNs timestamp_ns) noexcept {
  return static_cast<std::uint64_t>(timestamp_ns) - kOtherUnitsBegin <
         std::uint64_t{kOtherUnitsEnd - kOtherUnitsBegin};
}

/// Whether it lies where a time from 1990 to 2099 in seconds, milliseconds or microseconds does.
[[nodiscard]] bool looks_like_other_unit(TimestampNs timestamp_ns) noexcept;

}  // namespace factorwal::persist
