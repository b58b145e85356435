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
  if (grid.tier == Tier::kNarrow) return LongInt<2>(Int128{truncated(value * grid.small.scale)});
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
  sums.squares = LongInt<4>(narrow.squares.value());
  sums.squares += exact::multiplied(LongInt<2>(2 * center), LongInt<2>(Int128{narrow.sum}));
  sums.squares += exact::multiplied(LongInt<2>(center * narrow.count), LongInt<2>(center));
  return sums;
}

WideSums window_sums(const Look& look, const Grid& grid, const WindowPlan& window) noexcept {
  return widened(grid, narrow_sums(grid, window, look.block),
                 at<WideSums>(look.block, window.wide));
}

/// Slots in which both have a value.
std::int64_t pair_count(const Look& look, const PairWindowPlan& window) noexcept {
  return at<NarrowSums>(look.block, window.x->narrow).count -
         at<OneSidedSums>(look.block, window.one_sided).x.count;
}

/// count^2 times the covariance, in units of both grids.
double narrow_covariance(Int128 products, std::int64_t x, std::int64_t y,
                         std::int64_t count) noexcept {
  return exact::half_up(static_cast<Int128>(narrow_moment(products, x, y, count)));
}

/// Tells kernels of products that are not small.
void publish(const Look& look, const PairWindowPlan& window) noexcept {
  const PairSums& sums = at<PairSums>(look.block, window.narrow);
  PairMoments& moments = at<PairMoments>(look.block, window.moments);
  const auto count = pair_count(look, window);
  moments.count = static_cast<double>(count);
  moments.moment = kMissing;
  if (sums.one_sided != 0 || look.tier == Tier::kUnbounded) return;
  if (look.tier == Tier::kNarrow) {
    moments.moment =
        narrow_covariance(sums.products.value(), narrow_sum(look.x, *window.x, look.block),
                          narrow_sum(look.y, *window.y, look.block), count);
    return;
  }
  const auto& wide = at<WidePairSums>(look.block, window.wide);
  moments.moment = exact::unscaled(
      exact::half_up(wide_moment(wide.products, window_sums(look, look.x, *window.x).sum,
                                 window_sums(look, look.y, *window.y).sum, count)));
}

void rebuild(const Look& look, const PairWindowPlan& window) noexcept {
  const auto tick = tick_of(look.block);
  at<PairSums>(look.block, window.narrow) = {};
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
  NarrowSums x = narrow_sums(look.x, *window.x, look.block);
  NarrowSums y = narrow_sums(look.y, *window.y, look.block);
  const auto count = x.count - apart.x.count;
  x.sum -= apart.x.sum;
  y.sum -= apart.y.sum;
  const auto products = at<PairSums>(look.block, window.narrow).products.value();
  return {{spread_of(x.squares.value() - apart.x.squares.value(), x.sum, count), 0},
          {spread_of(y.squares.value() - apart.y.squares.value(), y.sum, count), 0},
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
  return moments_of(x, y, wide.products, pair_count(look, window));
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
  return moments_of(x, y, products, pair_count(look, window));
}

void enter_small(const PairPlan& plan, std::byte* block) noexcept {
  for (const auto& window : plan.windows) {
    at<double>(block, window.small_products) =
        static_cast<double>(at<PairSums>(block, window.narrow).products.value());
  }
}

void leave_small(const PairPlan& plan, std::byte* block) noexcept {
  for (const auto& window : plan.windows) {
    at<PairSums>(block, window.narrow).products =
        truncated(at<double>(block, window.small_products));
  }
}

/// Most ticks of the narrow tier: no window misses a value, and none that leaves was missing.
void push_full(const PairPlan& plan, const Grid& x_grid, const Grid& y_grid,
               std::byte* block) noexcept {
  // Copies: the compiler must take it that stores into sums change the grids.
  const double x_scale = x_grid.small.scale;
  const double y_scale = y_grid.small.scale;
  const auto x_center = x_grid.center;
  const auto y_center = y_grid.center;
  const auto newest = Int128{newest_offset(x_grid)} * newest_offset(y_grid);
  const auto tick = tick_of(block);
  const Ring x_ring = plan.x->ring;
  const Ring y_ring = plan.y->ring;
  for (const auto& window : plan.windows) {
    const auto x = truncated(x_ring.slot(block, tick - window.slots) * x_scale) - x_center;
    const auto y = truncated(y_ring.slot(block, tick - window.slots) * y_scale) - y_center;
    PairSums& sums = at<PairSums>(block, window.narrow);
    const auto products = sums.products.value() + newest - Int128{x} * y;
    sums.products = products;
    at<PairMoments>(block, window.moments).moment =
        narrow_covariance(products, narrow_sum(x_grid, *window.x, block),
                          narrow_sum(y_grid, *window.y, block), window.slots);
  }
}

void push_otherwise(const PairPlan& plan, bool anew, std::byte* block) noexcept {
  const Look look(plan, block);
  const auto tick = tick_of(block);
  for (const auto& window : plan.windows) {
    if (anew) {
      rebuild(look, window);
    } else {
      add_slot(look, window, look.values(tick - window.slots), -1);
      add_slot(look, window, look.values(tick), 1);
    }
    publish(look, window);
  }
}

}  // namespace

void push_pair(const PairPlan& plan, std::byte* block) noexcept {
  const Grid& x = at<Grid>(block, plan.x->grid);
  const Grid& y = at<Grid>(block, plan.y->grid);
  PairForm& form = at<PairForm>(block, plan.form);
  const bool both_small = x.small.holds() && y.small.holds();
  if (form == PairForm::kSmall) {
    if (both_small) [[likely]] {
      return push_small_pair(plan.lanes, x.small, plan.x->ring, y.small, plan.y->ring, block);
    }
    leave_small(plan, block);
  }
  // A grid that was chosen at this tick has rebuilt its own sums.
  const bool anew = form == PairForm::kNone || std::max(x.chosen, y.chosen) == tick_of(block);
  form = both_small ? PairForm::kSmall : PairForm::kLarge;
  if (anew || std::min(x.full_ticks, y.full_ticks) <= plan.slots) {
    push_otherwise(plan, anew, block);
  } else {
    push_full(plan, x, y, block);
  }
  if (both_small) enter_small(plan, block);
}

double slow_correlation(const PairUse& use, std::byte* block) noexcept {
  const double xx = at<WindowMoments>(block, use.x).spread;
  const double yy = at<WindowMoments>(block, use.y).spread;
  const double moment = at<PairMoments>(block, use.moments).moment;
  const Look look(*use.pair, block);
  if (is_present(moment)) return correlation_of({{xx, 0}, {yy, 0}, {moment, 0}});
  switch (look.tier) {
    case Tier::kNarrow: return correlation_of(narrow_moments(look, *use.window));
    case Tier::kWide: return correlation_of(wide_moments(look, *use.window));
    default: return correlation_of(unbounded_moments(look, *use.window));
  }
}

}  // namespace factorwal::operators
