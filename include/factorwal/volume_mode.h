#pragma once
/// \file
/// Feeds that send the day's running totals (CTP does) against factors that want what was traded
/// since the tick before.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/operators/missing.h"

namespace factorwal {

/// How a source reports `volume` and `turnover`.
enum class VolumeMode : std::uint8_t {
  kIncremental = 1,  ///< traded since this instrument's previous tick
  kCumulative = 2,   ///< traded since the trading day began
  kSession = 3,      ///< traded since the source began to count: any fall is a new beginning
};

struct TradedAmounts {
  double volume = kMissing;
  double turnover = kMissing;
};

/// Turns one instrument's running totals into increments. Does not allocate.
///
/// - The first totals ever, and the first after `note_gap`, only set the base: NaN comes out,
///   because what was traded since the previous tick is not known.
/// - When `trading_day` changes, totals have begun again at zero: the increment is the total.
/// - A total that falls within a trading day was corrected, or came late: the increment is 0, and
///   later ones count from the highest total so far. `corrections` counts the volumes.
/// - A total of a trading day before the last one came late, too: 0, and nothing else changes.
/// - Where the source has no trading day, a volume that falls is a restart: the increments are the
///   totals. A turnover that falls while the volume does not is rounding: 0.
/// - A missing total (NaN) gives a missing increment; the next one then covers both ticks.
class FACTORWAL_EXPORT VolumeConverter {
 public:
  /// `trading_day`: a number that grows from day to day, e.g. 20210104; 0 where the source has
  /// none (then only a falling volume starts anew).
  TradedAmounts to_increments(std::int64_t trading_day, TradedAmounts totals) noexcept;

  /// Ticks may have been missed (a reconnect): the next totals only set the base.
  void note_gap() noexcept {
    volume_known_ = turnover_known_ = false;
    volume_ = turnover_ = 0;
  }

  /// Falls of the volume within a trading day, since this object was made; no part of its state.
  [[nodiscard]] std::uint64_t corrections() const noexcept { return corrections_; }

  /// Names every state variable, for saving and loading.
  void visit_state(StateVisitor& visitor) {
    visitor.visit(trading_day_);
    visitor.visit(volume_known_);
    visitor.visit(volume_);
    visitor.visit(turnover_known_);
    visitor.visit(turnover_);
  }

 private:
  std::int64_t trading_day_ = 0;
  bool volume_known_ = false;
  double volume_ = 0;
  bool turnover_known_ = false;
  double turnover_ = 0;
  std::uint64_t corrections_ = 0;
};

}  // namespace factorwal
