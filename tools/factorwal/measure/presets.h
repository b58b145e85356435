#pragma once
/// What each preset of FactorWalConfig gives on a disk.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "factorwal/result.h"
#include "measure/figures.h"

namespace factorwal::measure {

struct PresetBudget {
  double seconds = 0;       ///< of all presets together, half for throughput, half for latency
  std::uint64_t bytes = 0;  ///< that each log takes at most, about
};

/// Every preset, in turns of several rounds, each with a log in a folder of its own in `directory`,
/// which is gone again afterwards. `tell` hears which comes next. kTimeout when `stop` was set.
[[nodiscard]] Result<std::vector<PresetFigures>> measure_presets(
    const std::string& directory, const PresetBudget& budget, const std::atomic<bool>& stop,
    const std::function<void(std::string_view)>& tell);

}  // namespace factorwal::measure
