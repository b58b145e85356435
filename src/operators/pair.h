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

/// How a pair's sums are kept. A block of zeros has none.
enum class PairForm : std::uint64_t { kNone, kLarge, kSmall };

struct PairSums {
  std::int64_t one_sided;        ///< slots in which one of both is missing
  exact::StoredInt128 products;  ///< narrow
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
  Offset moments = 0;
  Offset narrow = 0;
  Offset one_sided = 0;
  Offset wide = 0;
  Offset small_products = 0;
};

/// The series are pushed before it, and their rings are one longer than its windows.
struct PairPlan {
  const SeriesPlan* x = nullptr;
  const SeriesPlan* y = nullptr;
  Offset form = 0;          ///< PairForm
  std::uint32_t slots = 0;  ///< of the longest window
  std::vector<PairWindowPlan> windows;
  std::vector<PairLanes> lanes;  ///< the windows by twos
};

/// Takes both current values into the sums of every window.
void push_pair(const PairPlan& plan, std::byte* block) noexcept;

/// A pair's window that a step looks at.
struct PairUse {
  Offset moments = 0;
  Offset x = 0;  ///< moments of either series' window
  Offset y = 0;
  const PairPlan* pair = nullptr;
  const PairWindowPlan* window = nullptr;
};

/// Where the quick formula does not do.
[[nodiscard]] double slow_correlation(const PairUse& use, std::byte* block) noexcept;

/// Pearson's correlation, xy / sqrt(xx * yy) of moments that are exact and then rounded to 53 bits;
/// a product, a root and a quotient round once each: within 4.5 ulp, and within [-1, 1]. kMissing
/// where either is flat. Requires: a slot with both.
[[nodiscard]] inline double correlation(const PairUse& use, std::byte* block) noexcept {
  const double xx = at<WindowMoments>(block, use.x).spread;
  const double yy = at<WindowMoments>(block, use.y).spread;
  const double ratio = at<PairMoments>(block, use.moments).moment / std::sqrt(xx * yy);
  if (std::fabs(ratio) <= 1) [[likely]]
    return ratio;
  return slow_correlation(use, block);
}

/// The same of two windows side by side.
[[nodiscard]] inline Lanes correlations(const PairUse& a, const PairUse& b,
                                        std::byte* block) noexcept {
  const Lanes xx = {at<WindowMoments>(block, a.x).spread, at<WindowMoments>(block, b.x).spread};
  const Lanes yy = {at<WindowMoments>(block, a.y).spread, at<WindowMoments>(block, b.y).spread};
  const Lanes moment = {at<PairMoments>(block, a.moments).moment,
                        at<PairMoments>(block, b.moments).moment};
  const Lanes ratio = moment / roots(xx * yy);
  if (std::fabs(ratio[0]) <= 1 && std::fabs(ratio[1]) <= 1) [[likely]]
    return ratio;
  return Lanes{correlation(a, block), correlation(b, block)};
}

}  // namespace factorwal::operators
