#include "operators/pair.h"

#include <algorithm>
#include <cmath>

#include "exact/rounding.h"
#include "operators/wide.h"

namespace factorwal::operators {
namespace {

using exact::Int128;
using exact::LongInt;
using Tier = Grid::Tier;

struct Values {
  double x;
  double y;
  [[nodiscard]] bool both() const noexcept { return x == x && y == y; }
  [[nodiscard]] bool one_sided() const noexcept { return (x == x) != (y == y); }
};

/// A pair with its grids, at one tick.
struct Look {
  Look(const PairPlan& pair, std::byte* of) noexcept
      : plan(pair),
        block(of),
        x(at<Grid>(of, pair.x->grid)),
        y(at<Grid>(of, pair.y->grid)),
        tier(std::max(x.tier, y.tier)) {}
  [[nodiscard]] Values values(std::uint64_t tick) const noexcept {
    return {plan.x->ring.slot(block, tick), plan.y->ring.slot(block, tick)};
  }
  const PairPlan& plan;
  std::byte* const block;
  const Grid& x;
  const Grid& y;
  const Tier tier;
};

/// On the grid of its series, whether that is narrow or wide.
LongInt<2> wide_number_of(const Grid& grid, double value) noexcept {
  if (grid.tier == Tier::kNarrow) return LongInt<2>(Int128{truncated(value * grid.scale)});
  return wide_number(grid.exponent, value);
}

void add_one_sided(const Look& look, NarrowSums& narrow, WideSums& wide, const Grid& grid,
                   double value, int sign) noexcept {
  if (value != value) return;
  narrow.count += sign;
  if (look.tier == Tier::kNarrow) {
    const auto offset = offset_of(grid, value);
    narrow.sum += sign * offset;
    narrow.squares += Int128{sign} * offset * offset;
  } else if (look.tier == Tier::kWide) {
    const auto number = wide_number_of(grid, value);
    add(wide.sum, number, sign);
    add(wide.squares, exact::multiplied(number, number), sign);
  }
}

void add_slot(const Look& look, const PairWindowPlan& window, Values values, int sign) noexcept {
  PairSums& sums = at<PairSums>(look.block, window.narrow);
  WidePairSums& wide = at<WidePairSums>(look.block, window.wide);
  if (values.one_sided()) {
    sums.one_sided += sign;
    auto& apart = at<OneSidedSums>(look.block, window.one_sided);
    add_one_sided(look, apart.x, wide.x, look.x, values.x, sign);
    add_one_sided(look, apart.y, wide.y, look.y, values.y, sign);
  } else if (values.both() && look.tier == Tier::kNarrow) {
    sums.products += Int128{sign} * offset_of(look.x, values.x) * offset_of(look.y, values.y);
  } else if (values.both() && look.tier == Tier::kWide) {
    add(wide.products,
        exact::multiplied(wide_number_of(look.x, values.x), wide_number_of(look.y, values.y)),
        sign);
  }
}

/// A window's sums in units from 0, of a narrow grid too.
WideSums widened(const Grid& grid, const NarrowSums& narrow, const WideSums& wide) noexcept {
  if (grid.tier != Tier::kNarrow) return wide;
  WideSums sums;
  const Int128 center = grid.center;
  sums.sum = LongInt<2>(narrow.sum + center * narrow.count);
  // squares of (center + offset) = squares + 2 center sum + count center^2
  sums.squares = LongInt<4>(narrow.squares);
  sums.squares += exact::multiplied(LongInt<2>(2 * center), LongInt<2>(Int128{narrow.sum}));
  sums.squares += exact::multiplied(LongInt<2>(center * narrow.count), LongInt<2>(center));
  return sums;
}

WideSums window_sums(const Look& look, const Grid& grid, const WindowPlan& window) noexcept {
  return widened(grid, at<NarrowSums>(look.block, window.narrow),
                 at<WideSums>(look.block, window.wide));
}

/// count^2 times the covariance, in units of both grids.
double narrow_covariance(Int128 products, std::int64_t x, std::int64_t y,
                         std::int64_t count) noexcept {
  return exact::half_up(static_cast<Int128>(narrow_moment(products, x, y, count)));
}

void set_moment(const Look& look, const PairWindowPlan& window) noexcept {
  PairSums& sums = at<PairSums>(look.block, window.narrow);
  if (sums.one_sided != 0 || look.tier == Tier::kUnbounded) return;
  const NarrowSums& x = at<NarrowSums>(look.block, window.x->narrow);
  const NarrowSums& y = at<NarrowSums>(look.block, window.y->narrow);
  if (look.tier == Tier::kNarrow) {
    sums.moment = narrow_covariance(sums.products, x.sum, y.sum, x.count);
    return;
  }
  const auto& wide = at<WidePairSums>(look.block, window.wide);
  sums.moment = exact::unscaled(
      exact::half_up(wide_moment(wide.products, window_sums(look, look.x, *window.x).sum,
                                 window_sums(look, look.y, *window.y).sum, x.count)));
}

void rebuild(const Look& look, const PairWindowPlan& window) noexcept {
  const auto tick = tick_of(look.block);
  at<PairSums>(look.block, window.narrow) = {};
  at<PairSums>(look.block, window.narrow).built = tick;
  at<OneSidedSums>(look.block, window.one_sided) = {};
  at<WidePairSums>(look.block, window.wide) = {};
  for (std::uint32_t age = 0; age < window.slots; ++age) {
    add_slot(look, window, look.values(tick - age), 1);
  }
}

struct Moments {
  exact::Scaled xx;
  exact::Scaled yy;
  exact::Scaled xy;
};

double correlation_of(const Moments& of) noexcept {
  if (of.xx.value == 0 || of.yy.value == 0) return kMissing;
  const double ratio = of.xy.value / std::sqrt(of.xx.value * of.yy.value);
  const int exponent = of.xy.exponent - (of.xx.exponent + of.yy.exponent) / 2;
  return std::clamp(std::ldexp(ratio, exponent), -1.0, 1.0);
}

Moments narrow_moments(const Look& look, const PairWindowPlan& window) noexcept {
  const auto& apart = at<OneSidedSums>(look.block, window.one_sided);
  NarrowSums x = at<NarrowSums>(look.block, window.x->narrow);
  NarrowSums y = at<NarrowSums>(look.block, window.y->narrow);
  const auto count = x.count - apart.x.count;
  x.sum -= apart.x.sum;
  y.sum -= apart.y.sum;
  const auto& products = at<PairSums>(look.block, window.narrow).products;
  return {{spread_of(x.squares - apart.x.squares, x.sum, count), 0},
          {spread_of(y.squares - apart.y.squares, y.sum, count), 0},
          {narrow_covariance(products, x.sum, y.sum, count), 0}};
}

template <class Sums>
Moments moments_of(const Sums& x, const Sums& y, const decltype(Sums::squares)& products,
                   std::int64_t count) noexcept {
  return {exact::half_up(wide_moment(x.squares, x.sum, x.sum, count)),
          exact::half_up(wide_moment(y.squares, y.sum, y.sum, count)),
          exact::half_up(wide_moment(products, x.sum, y.sum, count))};
}

Moments wide_moments(const Look& look, const PairWindowPlan& window) noexcept {
  const auto& wide = at<WidePairSums>(look.block, window.wide);
  auto x = window_sums(look, look.x, *window.x);
  auto y = window_sums(look, look.y, *window.y);
  x.sum -= wide.x.sum;
  x.squares -= wide.x.squares;
  y.sum -= wide.y.sum;
  y.squares -= wide.y.squares;
  return moments_of(x, y, wide.products, pair_count(window, look.block));
}

Moments unbounded_moments(const Look& look, const PairWindowPlan& window) noexcept {
  LongSums<kUnboundedLimbs> x;
  LongSums<kUnboundedLimbs> y;
  LongInt<2 * kUnboundedLimbs> products;
  const auto tick = tick_of(look.block);
  for (std::uint32_t age = 0; age < window.slots; ++age) {
    const auto values = look.values(tick - age);
    if (!values.both()) continue;
    if (values.x != 0) {
      add_unbounded(x.sum, values.x);
      add_unbounded_product(x.squares, values.x, values.x);
    }
    if (values.y != 0) {
      add_unbounded(y.sum, values.y);
      add_unbounded_product(y.squares, values.y, values.y);
    }
    if (values.x != 0 && values.y != 0) add_unbounded_product(products, values.x, values.y);
  }
  return moments_of(x, y, products, pair_count(window, look.block));
}

}  // namespace

void push_pair(const PairPlan& plan, std::byte* block) noexcept {
  const Look look(plan, block);
  const auto tick = tick_of(block);
  const auto now = look.values(tick);
  // A grid that was chosen at this tick has rebuilt its own sums.
  const bool anew = std::max(look.x.chosen, look.y.chosen) == tick;
  const bool narrow = look.tier == Tier::kNarrow && now.both();
  const auto x = look.x.newest;
  const auto y = look.y.newest;
  const double x_scale = look.x.scale;
  const double y_scale = look.y.scale;
  const auto x_center = look.x.center;
  const auto y_center = look.y.center;
  const auto now_product = Int128{x} * y;
  for (const auto& window : plan.windows) {
    PairSums& sums = at<PairSums>(block, window.narrow);
    if (anew || sums.built == 0) [[unlikely]] {  // a block of zeros has none
      rebuild(look, window);
      set_moment(look, window);
      continue;
    }
    const auto old = look.values(tick - window.slots);
    if (narrow && old.both() && sums.one_sided == 0) [[likely]] {
      const auto old_x = truncated(old.x * x_scale) - x_center;
      const auto old_y = truncated(old.y * y_scale) - y_center;
      const auto products = sums.products + now_product - Int128{old_x} * old_y;
      sums.products = products;
      const NarrowSums& of_x = at<NarrowSums>(block, window.x->narrow);
      const NarrowSums& of_y = at<NarrowSums>(block, window.y->narrow);
      sums.moment = narrow_covariance(products, of_x.sum, of_y.sum, of_x.count);
      continue;
    }
    add_slot(look, window, old, -1);
    add_slot(look, window, now, 1);
    set_moment(look, window);
  }
}

double slow_correlation(const PairPlan& pair, const PairWindowPlan& window,
                        std::byte* block) noexcept {
  const Look look(pair, block);
  switch (look.tier) {
    case Tier::kNarrow: return correlation_of(narrow_moments(look, window));
    case Tier::kWide: return correlation_of(wide_moments(look, window));
    default: return correlation_of(unbounded_moments(look, window));
  }
}

}  // namespace factorwal::operators
