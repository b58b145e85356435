#pragma once
/// How long a write and its fdatasync take, by size: what every commit rests on.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/result.h"
#include "measure/figures.h"

namespace factorwal::measure {

/// 4 KiB to 1 MiB in turns, for `seconds` together, each at least once; in a file at `path`.
/// `tell` hears which comes next. kTimeout when `stop` was set.
[[nodiscard]] Result<std::vector<SyncStep>> measure_syncs(
    const std::string& path, double seconds, const std::atomic<bool>& stop,
    const std::function<void(std::string_view)>& tell);

}  // namespace factorwal::measure
