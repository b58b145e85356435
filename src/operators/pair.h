#pragma once
/// Two series together: the exact sum of their products over the slots of a window in which both
/// have a value. The rest comes from the windows of either series. As series.h, in the coarser of
/// both tiers.

#include <cmath>
#include <cstdint>
#include <vector>

#include "factorwal/operators/missing.h"
#include "operators/series.h"

namespace factorwal::operators {

struct PairSums {
  std::uint64_t built;     ///< the tick at which they were last computed from the rings
  std::int64_t one_sided;  ///< slots in which one of both is missing
  exact::Int128 products;  ///< narrow
  /// count * products - sum of x * sum of y, in units of both grids: exact, then to 53 bits. While
  /// no slot is one-sided; also in the wide tier.
  double moment;
};

/// What the windows of a series have and the pair has not: the values of one-sided slots.
struct OneSidedSums {
  NarrowSums x;
  NarrowSums y;
};

struct WidePairSums {
  exact::LongInt<4> products;
  WideSums x;  ///< of one-sided slots
  WideSums y;
};

struct PairWindowPlan {
  std::uint32_t slots = 0;
  const WindowPlan* x = nullptr;  ///< of as many slots, with squares
  const WindowPlan* y = nullptr;
  Offset narrow = 0;
  Offset one_sided = 0;
  Offset wide = 0;
};

/// The series are pushed before it, and their rings are one longer than its windows.
struct PairPlan {
  const SeriesPlan* x = nullptr;
  const SeriesPlan* y = nullptr;
  std::vector<PairWindowPlan> windows;
};

/// Takes both current values into the sums of every window.
void push_pair(const PairPlan& plan, std::byte* block) noexcept;

/// Slots in which both have a value.
[[nodiscard]] inline std::int64_t pair_count(const PairWindowPlan& window,
                                             std::byte* block) noexcept {
  const auto count = at<NarrowSums>(block, window.x->narrow).count;
  if (at<PairSums>(block, window.narrow).one_sided == 0) [[likely]]
    return count;
  return count - at<OneSidedSums>(block, window.one_sided).x.count;
}

/// Where one-sided slots or the tier ask for more.
[[nodiscard]] double slow_correlation(const PairPlan& pair, const PairWindowPlan& window,
                                      std::byte* block) noexcept;

/// Pearson's correlation, xy / sqrt(xx * yy) of moments that are exact and then rounded to 53 bits;
/// a product, a root and a quotient round once each: within 4.5 ulp, and within [-1, 1]. kMissing
/// where either is flat. Requires: a slot with both.
[[nodiscard]] inline double correlation(const PairPlan& pair, const PairWindowPlan& window,
                                        std::byte* block) noexcept {
  const PairSums& sums = at<PairSums>(block, window.narrow);
  const bool bounded = at<Grid>(block, pair.x->grid).tier != Grid::Tier::kUnbounded &&
                       at<Grid>(block, pair.y->grid).tier != Grid::Tier::kUnbounded;
  if (sums.one_sided != 0 || !bounded) [[unlikely]]
    return slow_correlation(pair, window, block);
  const double xx = at<NarrowSums>(block, window.x->narrow).spread;
  const double yy = at<NarrowSums>(block, window.y->narrow).spread;
  const double ratio = sums.moment / std::sqrt(xx * yy);
  if (!(ratio <= 1)) return xx == 0 || yy == 0 ? kMissing : 1.0;
  return ratio < -1 ? -1.0 : ratio;
}

}  // namespace factorwal::operators
