#include "operators/kinds.h"

#include <algorithm>
#include <array>

namespace factorwal::operators {

/// The list: a new kind has its file in kinds/, its declaration in kinds.h, and a word here.
std::span<const Kind* const> kinds() {
  static const auto kAll = [] {
    auto all = std::to_array<const Kind*>(
        {&atr(),     &bbands(),     &delay(),   &delta(),   &dema(),     &dmi(),
         &ema(),     &log_return(), &macd(),    &mid(),     &oi_delta(), &queue_imbalance(),
         &if_else(), &rsi(),        &spread(),  &ts_corr(), &ts_max(),   &ts_mean(),
         &ts_min(),  &ts_rank(),    &ts_skew(), &ts_std(),  &ts_sum()});
    std::ranges::sort(all, {}, [](const Kind* kind) { return kind->name; });
    return all;
  }();
  return kAll;
}

}  // namespace factorwal::operators
