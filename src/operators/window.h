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
  Offset moments = 0;
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
  [[nodiscard]] std::int64_t count() const noexcept {
    return static_cast<std::int64_t>(moments().count);
  }
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
    const WindowMoments& of = moments();
    const double newest_value = newest();
    const double distance = of.distance / of.count * at<Grid>(block_, use_.grid).small.unit;
    // False where the distance is NaN.
    if (exact::is_near(distance, newest_value)) [[likely]]
      return newest_value + distance;
    return slow_mean(*use_.series, *use_.window, block_);
  }

  /// To the nearest double. Requires: as `mean`.
  [[nodiscard]] double total() const noexcept {
    const Grid& grid = at<Grid>(block_, use_.grid);
    if (grid.tier != Grid::Tier::kNarrow) [[unlikely]]
      return slow_total(*use_.series, *use_.window, block_);
    const auto of = narrow_sums(grid, *use_.window, block_);
    return exact::rounded(exact::Int128{grid.center} * of.count + of.sum) * grid.small.unit;
  }

  /// sqrt(spread / (n * (n - ddof))) with spread = n * sum of squares - square of the sum, which is
  /// exact and then rounded to 53 bits; quotient and root round once each: within 1.5 ulp. Exactly
  /// 0 where the window is flat. Requires: count() > ddof; Order::kSquares.
  [[nodiscard]] double deviation(std::int64_t ddof) const noexcept {
    const WindowMoments& of = moments();
    const double divisor = of.count * (of.count - static_cast<double>(ddof));
    const double root = std::sqrt(of.spread / divisor) * at<Grid>(block_, use_.grid).small.unit;
    if (root == root) [[likely]]
      return root;
    return slow_deviation(*use_.series, *use_.window, ddof, block_);
  }

  /// The same of two windows side by side.
  [[nodiscard]] static Lanes deviations(const Window& a, const Window& b,
                                        std::int64_t ddof) noexcept {
    const WindowMoments& of_a = a.moments();
    const WindowMoments& of_b = b.moments();
    const Lanes count = {of_a.count, of_b.count};
    const Lanes ratio =
        Lanes{of_a.spread, of_b.spread} / (count * (count - static_cast<double>(ddof)));
    const Lanes unit = {at<Grid>(a.block_, a.use_.grid).small.unit,
                        at<Grid>(b.block_, b.use_.grid).small.unit};
    const Lanes root = roots(ratio) * unit;
    if (root[0] == root[0] && root[1] == root[1]) [[likely]]
      return root;
    return Lanes{a.deviation(ddof), b.deviation(ddof)};
  }

 private:
  [[nodiscard]] const WindowMoments& moments() const noexcept {
    return at<WindowMoments>(block_, use_.moments);
  }

  const WindowUse& use_;
  std::byte* block_;
};

}  // namespace factorwal::operators
