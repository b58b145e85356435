#pragma once
/// Exact sums in doubles: every number is an integer below 2^53, so that no operation rounds, and
/// two windows go side by side. A series' sums are small while every window is full of present
/// values near the center of its grid: of sizes, and of prices in whole numbers or quarters, most
/// of the time. Decimals as 0.2 are never small: as doubles they are multiples of 2^-40 or so.

#include <cmath>
#include <cstdint>
#include <span>

#include "operators/block.h"
#include "operators/lanes.h"

namespace factorwal::operators {

/// The part of a grid that every tick reads.
struct SmallGrid {
  double scale = 0;   ///< 2^-exponent
  double unit = 0;    ///< 2^exponent
  double center = 0;  ///< the grid's
  double reach = 0;   ///< |offset| of every value is below this; 0: the sums are not small
  double newest = 0;  ///< offset of the current value

  [[nodiscard]] bool holds() const noexcept { return reach > 0; }
  /// False for a missing value, and where the sums are not small.
  [[nodiscard]] bool fits(double value) const noexcept {
    if (!holds()) return false;
    const double number = value * scale;
    // Back in the value's own units: what is tiny next to the unit scales to 0, and is not 0.
    return std::fabs(number - center) < reach && (number + kRounding) - kRounding == number &&
           number * unit == value;
  }

 private:
  static constexpr double kRounding = 0x1.8p52;  ///< rounds what is below 2^51 to whole numbers
};
/// Bounds of a center, so that numbers are below 2^51; and of offsets.
inline constexpr double kSmallCenterMax = 0x1p50;
inline constexpr double kSmallReachMax = 0x1p26;

/// What kernels read of a window, whatever the form of its sums.
struct WindowMoments {
  double count;  ///< of present values
  /// The sum of their differences from the current value, to the nearest double, in the grid's
  /// units. NaN where that is missing or the tier is not narrow.
  double distance;
  /// count * squares - sum^2, which is count^2 times the variance, in units of the grid's squared:
  /// exact, then to 53 bits (exact::half_up). NaN in the unbounded tier.
  double spread;
};

/// Windows side by side. A lane without one has places of its own, which nobody reads.
struct WindowLanes {
  std::uint32_t slots[kLanes] = {};
  Offset moments[kLanes] = {};
  double lengths[kLanes] = {};  ///< `slots`
  Offset sums = 0;
  Offset squares = 0;  ///< 0: sums only
};

/// Takes a value that fits into every window's sums. It is not in the ring so far.
inline void push_small(std::span<const WindowLanes> windows, SmallGrid& grid, Ring ring,
                       double value, std::byte* block) noexcept {
  const double scale = grid.scale;
  const double center = grid.center;
  const double newest = value * scale - center;
  grid.newest = newest;
  const auto tick = tick_of(block);
  for (const auto& window : windows) {
    const Lanes old = {ring.slot(block, tick - window.slots[0]),
                       ring.slot(block, tick - window.slots[1])};
    const Lanes leaving = old * scale - center;
    const Lanes lengths = {window.lengths[0], window.lengths[1]};
    const Lanes difference = newest - leaving;
    const Lanes sums = load_lanes(block, window.sums) + difference;
    store_lanes(block, window.sums, sums);
    const Lanes distance = sums - lengths * newest;
    auto& first = at<WindowMoments>(block, window.moments[0]);
    auto& second = at<WindowMoments>(block, window.moments[1]);
    first.distance = distance[0];
    second.distance = distance[1];
    if (window.squares == 0) continue;
    const Lanes squares = load_lanes(block, window.squares) + difference * (newest + leaving);
    store_lanes(block, window.squares, squares);
    const Lanes spread = lengths * squares - sums * sums;
    first.spread = spread[0];
    second.spread = spread[1];
  }
}

/// Windows of two series side by side.
struct PairLanes {
  std::uint32_t slots[kLanes] = {};
  Offset moments[kLanes] = {};  ///< of PairMoments
  double lengths[kLanes] = {};
  Offset x_sums[kLanes] = {};
  Offset y_sums[kLanes] = {};
  Offset products = 0;
};

/// What kernels read of a pair's window, whatever the form of its sums.
struct PairMoments {
  double count;  ///< of slots in which both have a value
  /// count * products - sum of x * sum of y, in units of both grids: exact, then to 53 bits. NaN
  /// where one-sided slots or the tier ask for more.
  double moment;
};

/// The same for two series, which have taken their values.
inline void push_small_pair(std::span<const PairLanes> windows, const SmallGrid& x, Ring x_ring,
                            const SmallGrid& y, Ring y_ring, std::byte* block) noexcept {
  const double x_scale = x.scale;
  const double x_center = x.center;
  const double y_scale = y.scale;
  const double y_center = y.center;
  const double product = x.newest * y.newest;
  const auto tick = tick_of(block);
  for (const auto& window : windows) {
    const auto first = tick - window.slots[0];
    const auto second = tick - window.slots[1];
    const Lanes old_x = {x_ring.slot(block, first), x_ring.slot(block, second)};
    const Lanes old_y = {y_ring.slot(block, first), y_ring.slot(block, second)};
    const Lanes leaving = (old_x * x_scale - x_center) * (old_y * y_scale - y_center);
    const Lanes products = load_lanes(block, window.products) + (product - leaving);
    store_lanes(block, window.products, products);
    const Lanes x_sums = {at<double>(block, window.x_sums[0]), at<double>(block, window.x_sums[1])};
    const Lanes y_sums = {at<double>(block, window.y_sums[0]), at<double>(block, window.y_sums[1])};
    const Lanes lengths = {window.lengths[0], window.lengths[1]};
    const Lanes moment = lengths * products - x_sums * y_sums;
    at<PairMoments>(block, window.moments[0]).moment = moment[0];
    at<PairMoments>(block, window.moments[1]).moment = moment[1];
  }
}

}  // namespace factorwal::operators
