#pragma once
/// What a kernel may ask a window.

#include <cmath>

#include "exact/grid.h"
#include "exact/rounding.h"
#include "operators/series.h"

namespace factorwal::operators {

/// A window that a step looks at: where its parts lie, and the plans for what is seldom asked.
struct WindowUse {
  Offset value = 0;  ///< the series' current value
  Offset grid = 0;
  Offset narrow = 0;
  std::uint32_t slots = 0;
  Ring ring;
  const SeriesPlan* series = nullptr;
  const WindowPlan* window = nullptr;
};

/// The newest slots of a series, the current tick's included. A missing value takes a slot.
class Window {
 public:
  Window(const WindowUse& use, std::byte* block) noexcept : use_(use), block_(block) {}

  [[nodiscard]] std::uint32_t slots() const noexcept { return use_.slots; }
  /// Present values.
  [[nodiscard]] std::int64_t count() const noexcept { return sums().count; }
  /// The current one; kMissing where it is missing.
  [[nodiscard]] double newest() const noexcept { return at<double>(block_, use_.value); }
  /// Of so many ticks ago, below `slots()`. kMissing where it was missing, or before the first.
  [[nodiscard]] double value(std::uint32_t age) const noexcept {
    return use_.ring.slot(block_, tick_of(block_) - age);
  }

  /// newest + (sum of differences from it) / count, where the sum is exact: three roundings, within
  /// 1.2 ulp. Where the mean is far from the newest value: the exact mean to the nearest double.
  /// Requires: count() > 0; the window was asked for with Order::kSum.
  [[nodiscard]] double mean() const noexcept {
    const Grid& grid = at<Grid>(block_, use_.grid);
    const NarrowSums& of = sums();
    const double newest_value = newest();
    const double distance = static_cast<double>(of.sum - of.count * grid.newest) /
                            static_cast<double>(of.count) * grid.narrow_unit;
    // False where the newest is missing, and in the other tiers, whose narrow unit is NaN.
    if (exact::is_near(distance, newest_value)) [[likely]]
      return newest_value + distance;
    return slow_mean(*use_.series, *use_.window, block_);
  }

  /// To the nearest double. Requires: as `mean`.
  [[nodiscard]] double total() const noexcept {
    const Grid& grid = at<Grid>(block_, use_.grid);
    if (grid.tier != Grid::Tier::kNarrow) [[unlikely]]
      return slow_total(*use_.series, *use_.window, block_);
    return exact::rounded(exact::Int128{grid.center} * sums().count + sums().sum) * grid.unit;
  }

  /// sqrt(spread / (n * (n - ddof))) with spread = n * sum of squares - square of the sum, which is
  /// exact and then rounded to 53 bits; quotient and root round once each: within 1.5 ulp. Exactly
  /// 0 where the window is flat. Requires: count() > ddof; Order::kSquares.
  [[nodiscard]] double deviation(std::int64_t ddof) const noexcept {
    const Grid& grid = at<Grid>(block_, use_.grid);
    if (grid.tier == Grid::Tier::kUnbounded) [[unlikely]] {
      return unbounded_deviation(*use_.series, *use_.window, ddof, block_);
    }
    const NarrowSums& of = sums();
    return std::sqrt(of.spread / static_cast<double>(of.count * (of.count - ddof))) * grid.unit;
  }

 private:
  [[nodiscard]] const NarrowSums& sums() const noexcept {
    return at<NarrowSums>(block_, use_.narrow);
  }

  const WindowUse& use_;
  std::byte* block_;
};

}  // namespace factorwal::operators
