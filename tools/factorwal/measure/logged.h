#pragma once
/// What a tick costs in an engine that logs it.

#include <atomic>
#include <cstdint>
#include <string>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "measure/figures.h"
#include "measure/sample_ticks.h"

namespace factorwal::measure {

struct LogBudget {
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< that the log takes at most, about
};

/// Fills in what concerns the log, with default EngineOptions: at full speed until all ticks are
/// durable, then at half of that speed, where `process_tick` does not wait for space in the
/// channel. The log in `directory` is gone again afterwards. kTimeout when `stop` was set.
[[nodiscard]] Status measure_logged(const FactorSet& factors, const SampleTicks& ticks,
                                    const std::string& directory, const LogBudget& budget,
                                    const std::atomic<bool>& stop, TickFigures& figures);

}  // namespace factorwal::measure
