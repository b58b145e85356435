#include "operators/series.h"

#include <algorithm>
#include <cmath>

#include "exact/grid.h"
#include "exact/rounding.h"
#include "factorwal/operators/missing.h"
#include "operators/wide.h"

namespace factorwal::operators {
namespace {

using exact::Int128;
using exact::LongInt;

// Narrow: bits of an offset, so that `slots` squares of it and their sum's square fit 125 bits; and
// of a value, so that a mean's rounding has two bits more.
constexpr int kOffsetBitsMax = 53;
constexpr int kSumBitsMax = 62;
constexpr int kNumberBitsMax = 59;
// Below the lowest bit of the values so far: the next one may have some more.
constexpr int kSpareBits = 3;
// So that units and their inverses are normal numbers.
constexpr int kExponentMin = -1000;
constexpr int kExponentMax = 900;
// A grid is chosen again after so many ticks at least, so that choosing takes no time on average.
constexpr std::uint64_t kReconsiderTicksMin = 64;

exact::Span span_of(const SeriesPlan& plan, std::byte* block) noexcept {
  exact::Span span;
  const auto tick = tick_of(block);
  for (std::uint32_t age = 0; age < plan.slots; ++age) {
    const double value = plan.ring.slot(block, tick - age);
    if (is_present(value)) span.add(value);
  }
  return span;
}

bool place_narrow(Grid& grid, const exact::Span& span, std::uint32_t slots) noexcept {
  const int reach_bits =
      std::min(kOffsetBitsMax, kSumBitsMax - static_cast<int>(std::bit_width(slots)));
  const bool zeros_only = span.highest < span.lowest;
  const int lowest = zeros_only ? 0 : span.lowest;
  const int highest = zeros_only ? 0 : span.highest;
  for (int spare = kSpareBits; spare >= 0; --spare) {
    const int exponent = lowest - spare;
    if (highest - exponent > kNumberBitsMax || exponent < kExponentMin || exponent > kExponentMax) {
      continue;
    }
    const double scale = std::ldexp(1.0, -exponent);
    const auto least = truncated(span.least * scale);
    const auto most = truncated(span.most * scale);
    const auto center = least + (most - least) / 2;
    const auto reach = std::uint64_t{1} << reach_bits;
    // Half of the reach is left for values to come, but for the last try.
    const auto needed = static_cast<std::uint64_t>(most - least) / 2 + 1;
    if (needed >= (spare > 0 ? reach / 2 : reach)) continue;
    grid.scale = scale;
    grid.unit = std::ldexp(1.0, exponent);
    grid.narrow_unit = grid.unit;
    grid.center = center;
    grid.reach = reach;
    grid.exponent = exponent;
    grid.tier = Grid::Tier::kNarrow;
    return true;
  }
  return false;
}

void place(const SeriesPlan& plan, std::byte* block) noexcept {
  Grid& grid = at<Grid>(block, plan.grid);
  const auto span = span_of(plan, block);
  grid.chosen = tick_of(block);
  if (place_narrow(grid, span, plan.slots)) return;
  grid = {0, 0, kMissing, 0, 0, 0, grid.chosen, 0, Grid::Tier::kUnbounded};
  const int free_bits = kWideBits - (span.highest - span.lowest);
  const int exponent = span.lowest - free_bits / 2;
  if (free_bits < 4 || exponent < kExponentMin || exponent > kExponentMax) return;
  grid.tier = Grid::Tier::kWide;
  grid.exponent = exponent;
  grid.unit = std::ldexp(1.0, exponent);
}

void add_to(const Grid& grid, const WindowPlan& window, std::byte* block, double value,
            int sign) noexcept {
  if (window.order == Order::kNone) return;
  at<NarrowSums>(block, window.narrow).count += sign;
  if (window.order == Order::kCount || grid.tier == Grid::Tier::kUnbounded) return;
  if (grid.tier == Grid::Tier::kNarrow) {
    NarrowSums& sums = at<NarrowSums>(block, window.narrow);
    const auto offset = offset_of(grid, value);
    sums.sum += sign * offset;
    if (window.order == Order::kSquares) sums.squares += Int128{sign} * offset * offset;
    return;
  }
  WideSums& sums = at<WideSums>(block, window.wide);
  const auto number = wide_number(grid.exponent, value);
  add(sums.sum, number, sign);
  if (window.order == Order::kSquares) add(sums.squares, exact::multiplied(number, number), sign);
}

void set_spread(const Grid& grid, const WindowPlan& window, std::byte* block) noexcept {
  if (window.order != Order::kSquares) return;
  NarrowSums& sums = at<NarrowSums>(block, window.narrow);
  if (grid.tier == Grid::Tier::kNarrow) {
    sums.spread = spread_of(sums.squares, sums.sum, sums.count);
  } else if (grid.tier == Grid::Tier::kWide) {
    const WideSums& wide = at<WideSums>(block, window.wide);
    sums.spread = wide_spread(wide.squares, wide.sum.low(), sums.count);
  }
}

void clear_sums(const WindowPlan& window, std::byte* block) noexcept {
  NarrowSums& sums = at<NarrowSums>(block, window.narrow);
  sums.count = 0;
  if (window.order >= Order::kSum) sums.sum = 0;
  if (window.order == Order::kSquares) sums.squares = 0;
  if (window.wide != 0) at<WideSums>(block, window.wide) = {};
}

/// All sums anew from the ring.
void rebuild(const SeriesPlan& plan, std::byte* block) noexcept {
  const Grid& grid = at<Grid>(block, plan.grid);
  const auto tick = tick_of(block);
  for (const auto& window : plan.windows) {
    if (window.order == Order::kNone) continue;
    clear_sums(window, block);
    for (std::uint32_t age = 0; age < window.slots; ++age) {
      const double value = plan.ring.slot(block, tick - age);
      if (is_present(value)) add_to(grid, window, block, value, 1);
    }
    set_spread(grid, window, block);
  }
}

/// Most ticks of the wide tier: the value is present and on the grid.
void push_wide(const SeriesPlan& plan, const Grid& grid, std::byte* block, double value) noexcept {
  const auto tick = tick_of(block);
  const auto entering = wide_value(grid.exponent, value);
  const auto number = entering.number();
  for (std::uint32_t i = 0; i < plan.counts_end; ++i) {
    const auto& window = plan.windows[i];
    NarrowSums& sums = at<NarrowSums>(block, window.narrow);
    const double old = plan.ring.slot(block, tick - window.slots);
    const bool leaves = old == old;
    sums.count += leaves ? 0 : 1;
    if (window.order < Order::kSum) continue;
    WideSums& wide = at<WideSums>(block, window.wide);
    const auto leaving = wide_value(grid.exponent, leaves ? old : 0.0);
    wide.sum = LongInt<2>(wide.sum.low() + number - leaving.number());
    if (window.order < Order::kSquares) continue;
    WideSquares squares(wide.squares);
    squares.add(entering);
    squares.subtract(leaving);
    sums.spread = wide_spread(wide.squares, wide.sum.low(), sums.count);
  }
  plan.ring.slot(block, tick) = value;
}

bool fits(const Grid& grid, double value) noexcept {
  switch (grid.tier) {
    case Grid::Tier::kNone: return false;
    case Grid::Tier::kNarrow: return !is_present(value);  // others have come through `push`
    case Grid::Tier::kWide: return !is_present(value) || fits_wide(grid.exponent, value);
    case Grid::Tier::kUnbounded: return true;
  }
  return false;
}

}  // namespace

void push_otherwise(const SeriesPlan& plan, std::byte* block, double value) noexcept {
  Grid& grid = at<Grid>(block, plan.grid);
  const auto tick = tick_of(block);
  value = present_or_missing(value);
  const bool reconsider =
      grid.tier != Grid::Tier::kNarrow &&
      tick - grid.chosen >= std::max<std::uint64_t>(plan.slots, kReconsiderTicksMin);
  if (reconsider || !fits(grid, value)) {
    plan.ring.slot(block, tick) = value;
    place(plan, block);
    if (grid.tier == Grid::Tier::kNarrow && is_present(value)) {
      grid.newest = offset_of(grid, value);
    }
    rebuild(plan, block);
    return;
  }
  if (grid.tier == Grid::Tier::kWide && is_present(value)) {
    push_wide(plan, grid, block, value);
    return;
  }
  for (const auto& window : plan.windows) {
    const double old = plan.ring.slot(block, tick - window.slots);
    if (is_present(old)) add_to(grid, window, block, old, -1);
    if (is_present(value)) add_to(grid, window, block, value, 1);
    set_spread(grid, window, block);
  }
  plan.ring.slot(block, tick) = value;
}

void push_plain(const SeriesPlan& plan, std::byte* block) noexcept {
  const auto tick = tick_of(block);
  const double value = present_or_missing(at<double>(block, plan.value));
  if (plan.counts_end == 0) {
    plan.ring.slot(block, tick) = value;
    return;
  }
  // Of the grid only this is used: zero says that the counts of this block are not there yet.
  auto& counted = at<Grid>(block, plan.grid).chosen;
  if (counted == 0) [[unlikely]] {
    counted = tick;
    plan.ring.slot(block, tick) = value;
    rebuild(plan, block);
    return;
  }
  for (std::uint32_t i = 0; i < plan.counts_end; ++i) {
    const auto& window = plan.windows[i];
    const double old = plan.ring.slot(block, tick - window.slots);
    at<NarrowSums>(block, window.narrow).count += (value == value ? 1 : 0) - (old == old ? 1 : 0);
  }
  plan.ring.slot(block, tick) = value;
}

namespace {

LongSums<kUnboundedLimbs> unbounded_sums(const SeriesPlan& series, const WindowPlan& window,
                                         bool with_squares, std::byte* block) noexcept {
  LongSums<kUnboundedLimbs> sums;
  const auto tick = tick_of(block);
  for (std::uint32_t age = 0; age < window.slots; ++age) {
    const double value = series.ring.slot(block, tick - age);
    if (!is_present(value) || value == 0) continue;
    add_unbounded(sums.sum, value);
    if (with_squares) add_unbounded_product(sums.squares, value, value);
  }
  return sums;
}

/// The newest present value of a window that has one.
double newest_of(const SeriesPlan& series, std::byte* block) noexcept {
  for (auto tick = tick_of(block);; --tick) {
    const double value = series.ring.slot(block, tick);
    if (is_present(value)) return value;
  }
}

/// newest + mean difference from it, each rounded, as `Window::mean` does it; where that would lose
/// digits, the mean itself to the nearest double.
template <std::size_t N>
double mean_of(const LongInt<N>& sum, const LongInt<N>& newest_number, double newest,
               std::int64_t count, int exponent) noexcept {
  auto difference = sum;
  difference -= exact::scaled(newest_number, static_cast<std::uint64_t>(count));
  auto apart = exact::rounded(difference);
  apart.value /= static_cast<double>(count);
  apart.exponent += exponent;
  const double distance = exact::unscaled(apart);
  if (exact::is_near(distance, newest)) return newest + distance;
  auto mean = exact::rounded_quotient(sum, static_cast<std::uint64_t>(count));
  mean.exponent += exponent;
  return exact::unscaled(mean);
}

template <std::size_t N>
double total_of(const LongInt<N>& sum, int exponent) noexcept {
  auto total = exact::rounded(sum);
  total.exponent += exponent;
  return exact::unscaled(total);
}

}  // namespace

double slow_mean(const SeriesPlan& series, const WindowPlan& window, std::byte* block) noexcept {
  const Grid& grid = at<Grid>(block, series.grid);
  const NarrowSums& sums = at<NarrowSums>(block, window.narrow);
  const double newest = newest_of(series, block);
  if (grid.tier == Grid::Tier::kNarrow) {
    const auto difference = sums.sum - sums.count * offset_of(grid, newest);
    const double distance =
        static_cast<double>(difference) / static_cast<double>(sums.count) * grid.unit;
    if (exact::is_near(distance, newest)) return newest + distance;
    return exact::rounded_mean(grid.center, sums.sum, sums.count) * grid.unit;
  }
  if (grid.tier == Grid::Tier::kWide) {
    return mean_of(at<WideSums>(block, window.wide).sum, wide_number(grid.exponent, newest), newest,
                   sums.count, grid.exponent);
  }
  LongInt<kUnboundedLimbs> number;
  if (newest != 0) add_unbounded(number, newest);
  return mean_of(unbounded_sums(series, window, false, block).sum, number, newest, sums.count,
                 kUnboundedExponent);
}

double slow_total(const SeriesPlan& series, const WindowPlan& window, std::byte* block) noexcept {
  const Grid& grid = at<Grid>(block, series.grid);
  if (grid.tier == Grid::Tier::kWide) {
    return total_of(at<WideSums>(block, window.wide).sum, grid.exponent);
  }
  return total_of(unbounded_sums(series, window, false, block).sum, kUnboundedExponent);
}

double unbounded_deviation(const SeriesPlan& series, const WindowPlan& window, std::int64_t ddof,
                           std::byte* block) noexcept {
  const auto count = at<NarrowSums>(block, window.narrow).count;
  const auto sums = unbounded_sums(series, window, true, block);
  const auto spread = exact::half_up(wide_moment(sums.squares, sums.sum, sums.sum, count));
  const auto divisor = static_cast<double>(count * (count - ddof));
  return std::ldexp(std::sqrt(spread.value / divisor), spread.exponent / 2 + kUnboundedExponent);
}

}  // namespace factorwal::operators
