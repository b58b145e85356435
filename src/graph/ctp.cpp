#include "factorwal/ctp.h"

#include "factorwal/operators/missing.h"

namespace factorwal {

void CtpConverter::put_numbers(const ctp_detail::DepthNumbers& numbers, CtpTick& tick) {
  const TradedAmounts traded =
      volume_converter(tick.instrument_id)
          .to_increments(tick.trading_day, {numbers.volume, present_or_missing(numbers.turnover)});
  tick.values[0] = present_or_missing(numbers.last);
  tick.values[1] = present_or_missing(traded.volume);
  tick.values[2] = present_or_missing(traded.turnover);
  tick.values[3] = present_or_missing(numbers.open_interest);
  double* out = &tick.values[4];
  for (const auto& level : numbers.levels) {
    const bool no_bid = level.bid == 0 && level.bid_volume == 0;
    const bool no_ask = level.ask == 0 && level.ask_volume == 0;
    *out++ = no_bid ? kMissing : present_or_missing(level.bid);
    *out++ = present_or_missing(level.bid_volume);
    *out++ = no_ask ? kMissing : present_or_missing(level.ask);
    *out++ = present_or_missing(level.ask_volume);
  }
}

}  // namespace factorwal
