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
// So many times as long where the last choice did not bring small sums.
constexpr std::uint64_t kNarrowPatience = 16;

exact::Span span_of(const SeriesPlan& plan, std::byte* block) noexcept {
  exact::Span span;
  const auto tick = tick_of(block);
  for (std::uint32_t age = 0; age < plan.slots; ++age) {
    const double value = plan.ring.slot(block, tick - age);
    if (is_present(value)) span.add(value);
  }
  return span;
}

/// After so many ticks another grid might be better than one that does.
std::uint64_t patience(const SeriesPlan& plan, const Grid& grid) noexcept {
  const auto ticks = std::max<std::uint64_t>(plan.slots, kReconsiderTicksMin);
  const bool is_last_choice = grid.tier == Grid::Tier::kNarrow && !grid.holds_small;
  return is_last_choice ? ticks * kNarrowPatience : ticks;
}

/// A narrow grid with so many spare bits, if offsets are then below `reach`.
bool place_narrow(Grid& grid, const exact::Span& span, int spare, std::uint64_t reach) noexcept {
  const bool zeros_only = span.highest < span.lowest;
  const int exponent = (zeros_only ? 0 : span.lowest) - spare;
  const int highest = zeros_only ? 0 : span.highest;
  if (highest - exponent > kNumberBitsMax || exponent < kExponentMin || exponent > kExponentMax) {
    return false;
  }
  const double scale = std::ldexp(1.0, -exponent);
  const auto least = truncated(span.least * scale);
  const auto most = truncated(span.most * scale);
  if (static_cast<std::uint64_t>(most - least) / 2 + 1 >= reach) return false;
  grid.small = {};
  grid.small.scale = scale;
  grid.small.unit = std::ldexp(1.0, exponent);
  grid.center = least + (most - least) / 2;
  grid.exponent = exponent;
  grid.tier = Grid::Tier::kNarrow;
  return true;
}

/// Half of a reach is left for values to come; `tight`: not by the last try.
bool place_narrow(const SeriesPlan& plan, Grid& grid, const exact::Span& span,
                  bool tight) noexcept {
  const int reach_bits =
      std::min(kOffsetBitsMax, kSumBitsMax - static_cast<int>(std::bit_width(plan.slots)));
  const auto reach = std::uint64_t{1} << reach_bits;
  const auto small_reach = static_cast<std::uint64_t>(plan.small_reach);
  grid.reach = reach;
  for (int spare = kSpareBits; spare >= 0; --spare) {
    grid.holds_small = place_narrow(grid, span, spare, small_reach / 2) &&
                       std::fabs(static_cast<double>(grid.center)) < kSmallCenterMax;
    if (grid.holds_small) return true;
  }
  for (int spare = kSpareBits; spare >= 0; --spare) {
    if (place_narrow(grid, span, spare, tight && spare == 0 ? reach : reach / 2)) return true;
  }
  return false;
}

void place(const SeriesPlan& plan, std::byte* block) noexcept {
  Grid& grid = at<Grid>(block, plan.grid);
  const auto span = span_of(plan, block);
  const auto tick = tick_of(block);
  // A series that has left a tight grid soon would leave the next one as soon.
  const bool tight = tick - grid.chosen >= plan.slots;
  grid = {};
  if (!place_narrow(plan, grid, span, tight)) {
    grid = {};
    grid.tier = Grid::Tier::kUnbounded;
    const int free_bits = kWideBits - (span.highest - span.lowest);
    const int exponent = span.lowest - free_bits / 2;
    if (free_bits >= 4 && exponent >= kExponentMin && exponent <= kExponentMax) {
      grid.tier = Grid::Tier::kWide;
      grid.exponent = exponent;
      grid.small.unit = std::ldexp(1.0, exponent);
    }
  }
  grid.chosen = tick;
  grid.reconsidered = tick + patience(plan, grid);
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

/// Tells kernels of sums that are not small. `present`: the current value is.
void publish(const Grid& grid, const WindowPlan& window, bool present, std::byte* block) noexcept {
  if (window.order == Order::kNone) return;
  const NarrowSums& sums = at<NarrowSums>(block, window.narrow);
  WindowMoments& moments = at<WindowMoments>(block, window.moments);
  moments.count = static_cast<double>(sums.count);
  if (window.order == Order::kCount) return;
  const bool narrow = grid.tier == Grid::Tier::kNarrow;
  moments.distance =
      narrow && present ? static_cast<double>(sums.sum - sums.count * grid.newest) : kMissing;
  if (window.order == Order::kSum) return;
  if (narrow) {
    moments.spread = spread_of(sums.squares.value(), sums.sum, sums.count);
  } else if (grid.tier == Grid::Tier::kWide) {
    const WideSums& wide = at<WideSums>(block, window.wide);
    moments.spread = wide_spread(wide.squares, wide.sum.low(), sums.count);
  } else {
    moments.spread = kMissing;
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
  }
}

bool is_near_center(const SeriesPlan& plan, const Grid& grid, std::int64_t offset) noexcept {
  return grid.holds_small && std::fabs(static_cast<double>(offset)) < plan.small_reach;
}

/// Of a grid just chosen.
void count_ticks(const SeriesPlan& plan, Grid& grid, std::byte* block) noexcept {
  const auto tick = tick_of(block);
  bool near_center = true;
  for (; grid.full_ticks < plan.slots; ++grid.full_ticks) {
    const double value = plan.ring.slot(block, tick - grid.full_ticks);
    if (!is_present(value)) return;
    near_center = near_center && is_near_center(plan, grid, offset_of(grid, value));
    if (near_center) ++grid.small_ticks;
  }
}

/// Requires: every window is full of values near the center.
void enter_small(const SeriesPlan& plan, Grid& grid, std::byte* block) noexcept {
  grid.small.center = static_cast<double>(grid.center);
  grid.small.reach = plan.small_reach;
  grid.small.newest = static_cast<double>(grid.newest);
  for (std::uint32_t i = 0; i < plan.sums_end; ++i) {
    const auto& window = plan.windows[i];
    const NarrowSums& sums = at<NarrowSums>(block, window.narrow);
    at<double>(block, window.small_sum) = static_cast<double>(sums.sum);
    if (window.order == Order::kSquares) {
      at<double>(block, window.small_squares) = static_cast<double>(sums.squares.value());
    }
  }
}

void leave_small(const SeriesPlan& plan, Grid& grid, std::byte* block) noexcept {
  for (std::uint32_t i = 0; i < plan.sums_end; ++i) {
    const auto& window = plan.windows[i];
    const auto of = narrow_sums(grid, window, block);
    NarrowSums& sums = at<NarrowSums>(block, window.narrow);
    sums.sum = of.sum;
    if (window.order == Order::kSquares) sums.squares = of.squares;
  }
  grid.small.reach = 0;
}

/// The value is present and on the narrow grid. `kFull`: so are all that leave.
template <bool kFull>
void push_narrow(const SeriesPlan& plan, const Grid& grid, std::byte* block,
                 std::int64_t offset) noexcept {
  // Copies: the compiler must take it that stores into sums change the grid.
  const double scale = grid.small.scale;
  const std::int64_t center = grid.center;
  const auto tick = tick_of(block);
  const std::uint64_t mask = plan.ring.mask;
  const double* const ring = &at<double>(block, plan.ring.values);
  const WindowPlan* window = plan.windows.data();
  const auto* const squares_end = window + plan.squares_end;
  const auto* const sums_end = window + plan.sums_end;
  const auto* const counts_end = window + plan.counts_end;
  const auto leaving_of = [&](NarrowSums& sums) {
    const double old = ring[(tick - window->slots) & mask];
    if (kFull || old == old) return truncated(old * scale) - center;
    at<WindowMoments>(block, window->moments).count = static_cast<double>(++sums.count);
    return std::int64_t{0};
  };
  for (; window != squares_end; ++window) {
    NarrowSums& sums = at<NarrowSums>(block, window->narrow);
    const auto leaving = leaving_of(sums);
    const auto difference = offset - leaving;
    const auto sum = sums.sum + difference;
    const auto squares = sums.squares.value() + Int128{difference} * (offset + leaving);
    sums.sum = sum;
    sums.squares = squares;
    const std::int64_t count = kFull ? window->slots : sums.count;
    WindowMoments& moments = at<WindowMoments>(block, window->moments);
    moments.distance = static_cast<double>(sum - count * offset);
    moments.spread = spread_of(squares, sum, count);
  }
  for (; window != sums_end; ++window) {
    NarrowSums& sums = at<NarrowSums>(block, window->narrow);
    sums.sum += offset - leaving_of(sums);
    const std::int64_t count = kFull ? window->slots : sums.count;
    at<WindowMoments>(block, window->moments).distance =
        static_cast<double>(sums.sum - count * offset);
  }
  if (kFull) return;
  for (; window != counts_end; ++window) (void)leaving_of(at<NarrowSums>(block, window->narrow));
}

}  // namespace

bool try_push_narrow(const SeriesPlan& plan, Grid& grid, std::byte* block, double value) noexcept {
  const std::int64_t number = truncated(value * grid.small.scale);
  // Unsigned: a number that does not fit may be far enough away to overflow.
  const auto offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) -
                                                static_cast<std::uint64_t>(grid.center));
  // Back in the value's own units: what is tiny next to the grid's unit scales to 0, and is not 0.
  // False for NaN, which equals nothing.
  if (static_cast<double>(number) * grid.small.unit != value ||
      static_cast<std::uint64_t>(offset) + grid.reach >= 2 * grid.reach) {
    return false;
  }
  grid.newest = offset;
  if (++grid.full_ticks > plan.slots) [[likely]] {
    push_narrow<true>(plan, grid, block, offset);
  } else {
    push_narrow<false>(plan, grid, block, offset);
  }
  plan.ring.slot(block, tick_of(block)) = value;
  if (grid.holds_small) {
    grid.small_ticks = is_near_center(plan, grid, offset) ? grid.small_ticks + 1 : 0;
    // Also the value that has just left: a pair looks at it, too.
    if (grid.small_ticks > plan.slots) enter_small(plan, grid, block);
  }
  return true;
}

namespace {

/// Most ticks of the wide tier: the value is present and on the grid.
void push_wide(const SeriesPlan& plan, const Grid& grid, std::byte* block, double value) noexcept {
  const auto tick = tick_of(block);
  const auto entering = wide_value(grid.exponent, value);
  const auto number = entering.number();
  for (std::uint32_t i = 0; i < plan.counts_end; ++i) {
    const auto& window = plan.windows[i];
    NarrowSums& sums = at<NarrowSums>(block, window.narrow);
    WindowMoments& moments = at<WindowMoments>(block, window.moments);
    const double old = plan.ring.slot(block, tick - window.slots);
    const bool leaves = old == old;
    sums.count += leaves ? 0 : 1;
    moments.count = static_cast<double>(sums.count);
    if (window.order < Order::kSum) continue;
    moments.distance = kMissing;
    WideSums& wide = at<WideSums>(block, window.wide);
    const auto leaving = wide_value(grid.exponent, leaves ? old : 0.0);
    wide.sum = LongInt<2>(wide.sum.low() + number - leaving.number());
    if (window.order < Order::kSquares) continue;
    WideSquares squares(wide.squares);
    squares.add(entering);
    squares.subtract(leaving);
    moments.spread = wide_spread(wide.squares, wide.sum.low(), sums.count);
  }
  plan.ring.slot(block, tick) = value;
}

bool fits(const Grid& grid, double value) noexcept {
  switch (grid.tier) {
    case Grid::Tier::kNone: return false;
    case Grid::Tier::kNarrow: return !is_present(value);  // others go to try_push_narrow
    case Grid::Tier::kWide: return !is_present(value) || fits_wide(grid.exponent, value);
    case Grid::Tier::kUnbounded: return true;
  }
  return false;
}

/// Whether it is time to choose again.
bool reconsiders(const SeriesPlan& plan, Grid& grid, std::uint64_t tick) noexcept {
  if (tick < grid.reconsidered) return false;
  if (grid.small_ticks == 0) return true;
  grid.reconsidered = tick + patience(plan, grid);  // its sums will be small soon
  return false;
}

}  // namespace

NarrowSums narrow_sums(const Grid& grid, const WindowPlan& window, std::byte* block) noexcept {
  const NarrowSums& kept = at<NarrowSums>(block, window.narrow);
  NarrowSums sums{.count = kept.count, .sum = narrow_sum(grid, window, block), .squares = {}};
  if (window.order != Order::kSquares) return sums;
  if (grid.small.holds()) {
    sums.squares = truncated(at<double>(block, window.small_squares));
  } else {
    sums.squares = kept.squares;
  }
  return sums;
}

void push_otherwise(const SeriesPlan& plan, std::byte* block, double value) noexcept {
  Grid& grid = at<Grid>(block, plan.grid);
  if (grid.small.holds()) leave_small(plan, grid, block);
  const auto tick = tick_of(block);
  const bool reconsider = reconsiders(plan, grid, tick);
  if (!reconsider && try_push_narrow(plan, grid, block, value)) return;
  value = present_or_missing(value);
  const bool present = is_present(value);
  if (!reconsider && fits(grid, value)) {
    if (grid.tier == Grid::Tier::kWide && present) return push_wide(plan, grid, block, value);
    grid.full_ticks = 0;
    grid.small_ticks = 0;
    for (const auto& window : plan.windows) {
      const double old = plan.ring.slot(block, tick - window.slots);
      if (is_present(old)) add_to(grid, window, block, old, -1);
      if (present) add_to(grid, window, block, value, 1);
      publish(grid, window, present, block);
    }
    plan.ring.slot(block, tick) = value;
    return;
  }
  plan.ring.slot(block, tick) = value;
  place(plan, block);
  if (grid.tier == Grid::Tier::kNarrow) {
    if (present) grid.newest = offset_of(grid, value);
    count_ticks(plan, grid, block);
  }
  rebuild(plan, block);
  for (const auto& window : plan.windows) publish(grid, window, present, block);
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
    for (const auto& window : plan.windows) publish({}, window, false, block);
    return;
  }
  for (std::uint32_t i = 0; i < plan.counts_end; ++i) {
    const auto& window = plan.windows[i];
    const double old = plan.ring.slot(block, tick - window.slots);
    auto& count = at<NarrowSums>(block, window.narrow).count;
    count += (value == value ? 1 : 0) - (old == old ? 1 : 0);
    at<WindowMoments>(block, window.moments).count = static_cast<double>(count);
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
  const auto sums = narrow_sums(grid, window, block);
  const double newest = newest_of(series, block);
  if (grid.tier == Grid::Tier::kNarrow) {
    const auto difference = sums.sum - sums.count * offset_of(grid, newest);
    const double distance =
        static_cast<double>(difference) / static_cast<double>(sums.count) * grid.small.unit;
    if (exact::is_near(distance, newest)) return newest + distance;
    return exact::rounded_mean(grid.center, sums.sum, sums.count) * grid.small.unit;
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

double slow_deviation(const SeriesPlan& series, const WindowPlan& window, std::int64_t ddof,
                      std::byte* block) noexcept {
  const auto count = at<NarrowSums>(block, window.narrow).count;
  const auto sums = unbounded_sums(series, window, true, block);
  const auto spread = exact::half_up(wide_moment(sums.squares, sums.sum, sums.sum, count));
  const auto divisor = static_cast<double>(count * (count - ddof));
  return std::ldexp(std::sqrt(spread.value / divisor), spread.exponent / 2 + kUnboundedExponent);
}

}  // namespace factorwal::operators
