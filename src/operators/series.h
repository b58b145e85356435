#pragma once
/// A series that windows look back on: its last values, and exact sums over each window.
///
/// Sums are of integers (exact/grid.h), so that they depend on nothing but the window's values: not
/// on what has left it, not on the tick's number, not on who else asks. Three tiers give the same
/// bits: narrow (64-bit values, 128-bit squares) for what lies on one grid, as prices and sizes do;
/// wide (128 and 256 bits) for full mantissas of many magnitudes, as returns are; unbounded, where
/// each answer is computed from the window's values, in O(window).
///
/// A grid and its sums are derived from the ring. Zeros stand for "not there yet", so a block that
/// holds only rings makes the rest itself, at its next tick.

#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "exact/long_int.h"
#include "exact/rounding.h"
#include "operators/block.h"

namespace factorwal::operators {

/// Where a series' values lie as integers: value = (center + offset) * 2^exponent.
struct Grid {
  enum class Tier : std::uint8_t { kNone, kNarrow, kWide, kUnbounded };
  double scale = 0;         ///< 2^-exponent
  double unit = 0;          ///< 2^exponent
  double narrow_unit = 0;   ///< the same; NaN in other tiers
  std::int64_t center = 0;  ///< 0 unless narrow
  std::uint64_t reach =
      0;  ///< narrow: -reach <= offset < reach. Other tiers: 0, so that no value fits
  std::int64_t newest = 0;   ///< narrow: offset of the current value, if it is present
  std::uint64_t chosen = 0;  ///< the tick at which this grid was chosen
  std::int32_t exponent = 0;
  Tier tier = Tier::kNone;
};

/// Over the present values of a window, as offsets.
struct NarrowSums {
  std::int64_t count;  ///< kept in every tier
  std::int64_t sum;    ///< from Order::kSum on; what follows from Order::kSquares on
  exact::Int128 squares;
  /// count * squares - sum^2, which is count^2 times the variance, in units of the grid's squared:
  /// exact, then to 53 bits (exact::half_up). Also in the wide tier.
  double spread;
};
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
  Offset narrow = 0;  ///< 0 for kNone
  Offset wide = 0;    ///< 0 for kNone and kCount
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
  return truncated(value * grid.scale) - grid.center;
}

/// The rest of a push: values that are missing, that do not fit, and other tiers.
void push_otherwise(const SeriesPlan& plan, std::byte* block, double value) noexcept;

/// Puts the current value into the ring and into every window's sums.
inline void push(const SeriesPlan& plan, std::byte* block) noexcept {
  const double value = at<double>(block, plan.value);
  Grid& grid = at<Grid>(block, plan.grid);
  // Copies: the compiler must take it that stores into sums change the grid.
  const double scale = grid.scale;
  const std::int64_t center = grid.center;
  const std::int64_t number = truncated(value * scale);
  // Unsigned: a number that does not fit may be far enough away to overflow.
  const auto offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) -
                                                static_cast<std::uint64_t>(center));
  // Back in the value's own units: what is tiny next to the grid's unit scales to 0, and is not 0.
  // False for NaN, which equals nothing.
  const bool fits = static_cast<double>(number) * grid.unit == value &&
                    static_cast<std::uint64_t>(offset) + grid.reach < 2 * grid.reach;
  if (!fits) [[unlikely]]
    return push_otherwise(plan, block, value);
  grid.newest = offset;
  const std::uint64_t tick = tick_of(block);
  const std::uint64_t mask = plan.ring.mask;
  double* const ring = &at<double>(block, plan.ring.values);
  const WindowPlan* window = plan.windows.data();
  const WindowPlan* const squares_end = window + plan.squares_end;
  const WindowPlan* const sums_end = window + plan.sums_end;
  const WindowPlan* const counts_end = window + plan.counts_end;
  for (; window != squares_end; ++window) {
    NarrowSums& sums = at<NarrowSums>(block, window->narrow);
    const double old = ring[(tick - window->slots) & mask];
    std::int64_t leaving = 0;
    std::int64_t difference = offset;
    if (old == old) [[likely]] {
      leaving = truncated(old * scale) - center;
      difference -= leaving;
    } else {
      ++sums.count;
    }
    const std::int64_t sum = sums.sum + difference;
    const exact::Int128 squares = sums.squares + exact::Int128{difference} * (offset + leaving);
    sums.sum = sum;
    sums.squares = squares;
    sums.spread = spread_of(squares, sum, sums.count);
  }
  for (; window != sums_end; ++window) {
    NarrowSums& sums = at<NarrowSums>(block, window->narrow);
    const double old = ring[(tick - window->slots) & mask];
    if (old == old) [[likely]] {
      sums.sum += number - truncated(old * scale);
    } else {
      ++sums.count;
      sums.sum += offset;
    }
  }
  for (; window != counts_end; ++window) {
    const double old = ring[(tick - window->slots) & mask];
    at<NarrowSums>(block, window->narrow).count += old == old ? 0 : 1;
  }
  ring[tick & mask] = value;
}

/// The same where nothing is summed: values are kept, and counted where a window asks for that.
void push_plain(const SeriesPlan& plan, std::byte* block) noexcept;

/// Answers where the quick formulas do not do. The window's count must be above 0.
[[nodiscard]] double slow_mean(const SeriesPlan& series, const WindowPlan& window,
                               std::byte* block) noexcept;
[[nodiscard]] double slow_total(const SeriesPlan& series, const WindowPlan& window,
                                std::byte* block) noexcept;
/// Requires: the unbounded tier.
[[nodiscard]] double unbounded_deviation(const SeriesPlan& series, const WindowPlan& window,
                                         std::int64_t ddof, std::byte* block) noexcept;

}  // namespace factorwal::operators
