#pragma once
/// \file
/// Operators that carry one smoothed value along: TA-Lib's definitions and seeds.
///
/// A tick with a missing input is skipped: the state stays as it is, every output is missing.
/// O(1) per tick, a few numbers of state.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operators/built_in.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"

namespace factorwal {

/// Exponential moving average: the mean of the first n inputs, then e += 2/(n+1) * (x - e).
/// Source: TA-Lib EMA. First value: tick n. n from 1.
class FACTORWAL_EXPORT EMA final : public BuiltInOperator {
 public:
  explicit EMA(std::int64_t window) : BuiltInOperator("ema", {detail::as_number(window)}) {}
  static Status validate(std::int64_t window) { return check("ema", {detail::as_number(window)}); }
};

/// Double exponential moving average: 2*E1 - E2, E1 = EMA(x), E2 = EMA(E1), each seeded with the
/// mean of its first n inputs. Source: Mulloy 1994, TA-Lib DEMA. First value: tick 2n - 1. n
/// from 1.
class FACTORWAL_EXPORT DEMA final : public BuiltInOperator {
 public:
  explicit DEMA(std::int64_t window) : BuiltInOperator("dema", {detail::as_number(window)}) {}
  static Status validate(std::int64_t window) { return check("dema", {detail::as_number(window)}); }
};

/// Relative strength index: 100 g / (g + l), g and l Wilder's averages of gains and losses (the
/// mean of the first n changes, then (g*(n-1) + gain) / n); `flat` where g + l is 0. Changes are
/// from the last present input. Source: Wilder 1978, TA-Lib RSI. First value: tick n + 1. n from 2.
class FACTORWAL_EXPORT RSI final : public BuiltInOperator {
 public:
  explicit RSI(std::int64_t window = 14, double flat = 0)
      : BuiltInOperator("rsi", {detail::as_number(window), flat}) {}
  static Status validate(std::int64_t window = 14, double flat = 0) {
    return check("rsi", {detail::as_number(window), flat});
  }
};

/// Moving average convergence/divergence. Three outputs: line = EMA(fast) - EMA(slow), signal =
/// EMA of the line, hist = line - signal. As in TA-Lib both averages start together: the fast one
/// is seeded with the mean of inputs slow-fast+1 to slow. Source: Appel, TA-Lib MACD. First value
/// of all three: tick slow + signal - 1. Requires 1 <= fast < slow, signal >= 1.
class FACTORWAL_EXPORT MACD final : public BuiltInOperator {
 public:
  explicit MACD(std::int64_t fast = 12, std::int64_t slow = 26, std::int64_t signal = 9)
      : BuiltInOperator(
            "macd", {detail::as_number(fast), detail::as_number(slow), detail::as_number(signal)}) {
  }
  static Status validate(std::int64_t fast = 12, std::int64_t slow = 26, std::int64_t signal = 9) {
    return check("macd",
                 {detail::as_number(fast), detail::as_number(slow), detail::as_number(signal)});
  }
};

/// Average true range of high, low, close: Wilder's average of
/// TR = max(high - low, |high - previous close|, |low - previous close|); the seed is the mean of
/// the first n. A tick with any of the three missing is skipped; the previous close is that of the
/// last complete tick. Source: Wilder 1978, TA-Lib ATR. First value: tick n + 1. n from 1.
class FACTORWAL_EXPORT ATR final : public BuiltInOperator {
 public:
  explicit ATR(std::int64_t window = 14) : BuiltInOperator("atr", {detail::as_number(window)}) {}
  static Status validate(std::int64_t window = 14) {
    return check("atr", {detail::as_number(window)});
  }
};

}  // namespace factorwal
