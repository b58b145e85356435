#pragma once
/// Factor sets whose saved states the target of operator states loads.

#include <array>
#include <vector>

#include "factorwal/factor_set.h"

namespace factorwal::fuzz {

/// Between them every operator with state.
[[nodiscard]] const std::vector<FactorSet>& state_factor_sets();

enum class StateSection : std::uint8_t {
  kSet = 0,    ///< u8: which factor set
  kState = 1,  ///< u8: which of its operators; then its state, whose length is told as it is
  kRaw = 2,    ///< bytes as they are
};

}  // namespace factorwal::fuzz
