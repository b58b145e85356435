#pragma once
/// What the factors of a tick cost by themselves.

#include <atomic>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "measure/figures.h"
#include "measure/sample_ticks.h"

namespace factorwal::measure {

/// Nanoseconds a tick, for `seconds`, without engine and log. kTimeout when `stop` was set.
[[nodiscard]] Result<Spread> measure_computed(const FactorSet& factors, const SampleTicks& ticks,
                                              double seconds, const std::atomic<bool>& stop);

}  // namespace factorwal::measure
