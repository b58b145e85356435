#pragma once
/// From figures to settings. Pure: the same figures give the same advice.

#include "measure/figures.h"

namespace factorwal::measure {

/// Requires: figures of `balanced` and `high_throughput`.
[[nodiscard]] Recommendation recommend(const Figures& figures);

}  // namespace factorwal::measure
