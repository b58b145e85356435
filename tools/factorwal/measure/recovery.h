#pragma once
/// How long an open takes that computes ticks again.

#include <atomic>
#include <cstdint>
#include <string>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "measure/figures.h"
#include "measure/sample_ticks.h"

namespace factorwal::measure {

/// An open behind `kill -9` that finds `tick_count` ticks and no state. The log in `directory` is
/// gone again afterwards. kTimeout when `stop` was set; it is not looked at during the open itself.
/// Requires: no other thread runs, for it forks.
[[nodiscard]] Result<RecoveryFigures> measure_recovery(const FactorSet& factors,
                                                       const SampleTicks& ticks,
                                                       const std::string& directory,
                                                       std::uint64_t tick_count,
                                                       const std::atomic<bool>& stop);

}  // namespace factorwal::measure
