#pragma once
/// A series that windows look back on: its last values, and exact sums over each window.
///
/// Sums are of integers (exact/grid.h), so that they depend on nothing but the window's values: not
/// on what has left it, not on the tick's number, not on who else asks. Four forms give the same
/// bits: small (doubles, as long as every sum is below 2^53; small_sums.h), narrow (64-bit values,
/// 128-bit squares) for what lies on one grid, as prices and sizes do; wide (128 and 256 bits) for
/// full mantissas of many magnitudes, as returns are; unbounded, where each answer is computed from
/// the window's values, in O(window).
///
/// A grid and its sums are derived from the ring. Zeros stand for "not there yet", so a block that
/// holds only rings makes the rest itself, at its next tick.

#include <cmath>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "exact/long_int.h"
#include "exact/rounding.h"
#include "operators/block.h"
#include "operators/small_sums.h"

namespace factorwal::operators {

/// Where a series' values lie as integers: value = (center + offset) * 2^exponent.
struct Grid {
  enum class Tier : std::uint8_t { kNone, kNarrow, kWide, kUnbounded };
  SmallGrid small;          ///< narrow, while its sums are small
  std::int64_t center = 0;  ///< 0 unless narrow
  std::uint64_t reach =
      0;  ///< narrow: -reach <= offset < reach. Other tiers: 0, so that no value fits
  std::int64_t newest = 0;         ///< narrow, not small: offset of the current value, if present
  std::uint64_t chosen = 0;        ///< the tick at which this grid was chosen
  std::uint64_t reconsidered = 0;  ///< the tick at which another may be chosen
  std::uint64_t full_ticks = 0;    ///< narrow: so many of the newest values are present
  std::uint64_t small_ticks = 0;   ///< narrow: so many are near the center, too
  std::int32_t exponent = 0;
  Tier tier = Tier::kNone;
  bool holds_small = false;  ///< narrow: when it was chosen, all values were near the center
};

/// Over the present values of a window, as offsets.
struct NarrowSums {
  std::int64_t count;  ///< kept in every tier
  std::int64_t sum;    ///< from Order::kSum on; what follows with Order::kSquares
  exact::StoredInt128 squares;
};
/// So much of NarrowSums, and of WindowMoments, is there for a window that counts, or sums.
inline constexpr std::size_t kCountBytes = 8;
inline constexpr std::size_t kSumBytes = 16;

/// count * products - a * b, where a and b are sums: fits, whatever wraps on the way.
[[nodiscard]] inline exact::Uint128 narrow_moment(exact::Int128 products, std::int64_t a,
                                                  std::int64_t b, std::int64_t count) noexcept {
  return static_cast<exact::Uint128>(products) * static_cast<std::uint64_t>(count) -
         static_cast<exact::Uint128>(exact::Int128{a} * b);
}

[[nodiscard]] inline double spread_of(exact::Int128 squares, std::int64_t sum,
                                      std::int64_t count) noexcept {
  return exact::half_up(narrow_moment(squares, sum, sum, count));
}

/// Over the same values, counted from 0.
template <std::size_t N>
struct LongSums {
  exact::LongInt<N> sum;
  exact::LongInt<2 * N> squares;
};
using WideSums = LongSums<2>;

/// What is kept of a window beside its values: each has what those before it have.
enum class Order : std::uint8_t { kNone, kCount, kSum, kSquares };

struct WindowPlan {
  std::uint32_t slots = 0;
  Order order = Order::kNone;
  Offset moments = 0;        ///< of WindowMoments, as much of it as `order` has; 0 for kNone
  Offset narrow = 0;         ///< 0 for kNone
  Offset wide = 0;           ///< 0 for kNone and kCount
  Offset small_sum = 0;      ///< from kSum on
  Offset small_squares = 0;  ///< kSquares
};

struct SeriesPlan {
  Offset value = 0;  ///< of the current tick
  Offset grid = 0;   ///< 0: nothing is summed or counted
  Ring ring;
  std::uint32_t slots = 0;          ///< of the longest window
  std::vector<WindowPlan> windows;  ///< in falling order of `order`
  std::uint32_t squares_end = 0;    ///< index behind the windows with squares
  std::uint32_t sums_end = 0;       ///< behind those with sums
  std::uint32_t counts_end = 0;     ///< behind those that count
  double small_reach = 0;           ///< offsets below this have small sums
  std::vector<WindowLanes> lanes;   ///< the windows with sums, by twos
};

/// The nearest integer towards zero; some integer that is not equal to it for what is too large.
[[nodiscard]] inline std::int64_t truncated(double value) noexcept {
#if defined(__x86_64__)
  return _mm_cvttsd_si64(_mm_set_sd(value));
#else
  return value > -0x1p62 && value < 0x1p62 ? static_cast<std::int64_t>(value) : INT64_MIN;
#endif
}

/// Requires: the value is present and on the narrow grid.
[[nodiscard]] inline std::int64_t offset_of(const Grid& grid, double value) noexcept {
  return truncated(value * grid.small.scale) - grid.center;
}

/// A window's sum in the narrow tier, small or not; and with it the others.
[[nodiscard]] inline std::int64_t narrow_sum(const Grid& grid, const WindowPlan& window,
                                             std::byte* block) noexcept {
  return grid.small.holds() ? truncated(at<double>(block, window.small_sum))
                            : at<NarrowSums>(block, window.narrow).sum;
}
[[nodiscard]] NarrowSums narrow_sums(const Grid& grid, const WindowPlan& window,
                                     std::byte* block) noexcept;
/// Of the current value in the narrow tier, small or not.
[[nodiscard]] inline std::int64_t newest_offset(const Grid& grid) noexcept {
  return grid.small.holds() ? truncated(grid.small.newest) : grid.newest;
}

/// False where the value is missing, or not on the narrow grid. Requires: the sums are not small.
[[nodiscard]] bool try_push_narrow(const SeriesPlan& plan, Grid& grid, std::byte* block,
                                   double value) noexcept;
/// The rest of a push.
void push_otherwise(const SeriesPlan& plan, std::byte* block, double value) noexcept;

/// Puts the current value into the ring and into every window's sums.
inline void push(const SeriesPlan& plan, std::byte* block) noexcept {
  const double value = at<double>(block, plan.value);
  Grid& grid = at<Grid>(block, plan.grid);
  if (grid.small.fits(value)) {
    const Ring ring = plan.ring;
    push_small(plan.lanes, grid.small, ring, value, block);
    ring.slot(block, tick_of(block)) = value;
    return;
  }
  const bool stays = !grid.small.holds() && tick_of(block) < grid.reconsidered;
  if (!stays || !try_push_narrow(plan, grid, block, value)) push_otherwise(plan, block, value);
}

/// The same where nothing is summed: values are kept, and counted where a window asks for that.
void push_plain(const SeriesPlan& plan, std::byte* block) noexcept;

/// Answers where the quick formulas do not do. The window's count must be above 0.
[[nodiscard]] double slow_mean(const SeriesPlan& series, const WindowPlan& window,
                               std::byte* block) noexcept;
[[nodiscard]] double slow_total(const SeriesPlan& series, const WindowPlan& window,
                                std::byte* block) noexcept;
[[nodiscard]] double slow_deviation(const SeriesPlan& series, const WindowPlan& window,
                                    std::int64_t ddof, std::byte* block) noexcept;

}  // namespace factorwal::operators
