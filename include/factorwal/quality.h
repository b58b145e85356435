#pragma once
/// \file
/// How far a factor's value can be trusted to be that of an engine which saw every tick.

#include <cstdint>
#include <string_view>

#include "factorwal/export.h"

namespace factorwal {

/// Ordered: what depends on several things is as good as the worst of them.
enum class Quality : std::uint8_t {
  kExact = 0,        ///< bit for bit that of an engine that was never stopped
  kApproximate = 1,  ///< some of its operators began later than the instrument (what the log holds
                     ///< does not reach far enough back), or an operator of a user counts its
                     ///< ticks, of which some were lost that nobody can count. The value is given
  kHit = 2,          ///< ticks that it depends on were damaged: the value is missing (NaN)
};

/// "exact", "approximate", "hit"
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(Quality quality) noexcept;

}  // namespace factorwal
