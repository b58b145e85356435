#include "factorwal/volume_mode.h"

#include <cmath>

#include "base/floating_point_guard.h"

namespace factorwal {
namespace {

double increment(double total, double& base, bool& known) noexcept {
  if (std::isnan(total)) return kMissing;
  const double traded = known ? (total > base ? total - base : 0) : kMissing;
  base = known && total < base ? base : total;
  known = true;
  return traded;
}

}  // namespace

TradedAmounts VolumeConverter::to_increments(std::int64_t trading_day,
                                             TradedAmounts totals) noexcept {
  const FloatingPointGuard guard;
  if (trading_day != 0 && trading_day < trading_day_) {
    const auto late = [](double total, bool known) {
      return std::isnan(total) || !known ? kMissing : 0.0;
    };
    corrections_ += std::isnan(totals.volume) ? 0U : 1U;
    return {late(totals.volume, volume_known_), late(totals.turnover, turnover_known_)};
  }
  const bool new_day = trading_day != trading_day_ && trading_day != 0 && trading_day_ != 0;
  if (trading_day != 0) trading_day_ = trading_day;
  if (new_day) {
    if (volume_known_) volume_ = 0;
    if (turnover_known_) turnover_ = 0;
  }
  if (volume_known_ && totals.volume < volume_) {  // false for NaN
    if (trading_day == 0) {
      volume_ = 0;
      turnover_ = 0;
    } else {
      ++corrections_;
    }
  }
  return {increment(totals.volume, volume_, volume_known_),
          increment(totals.turnover, turnover_, turnover_known_)};
}

}  // namespace factorwal
