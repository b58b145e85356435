#pragma once
/// Whether the bytes of an entry are what its kind says: lengths that fit, counts that agree.

#include "channel/entry.h"

namespace factorwal::channel {

/// `entry` is whole and its checksum holds; a ring is memory that anybody could have written to.
[[nodiscard]] bool is_well_formed(ByteView entry) noexcept;

}  // namespace factorwal::channel
