#pragma once
/// \file
/// Operators over a sliding window of d ticks. A missing tick takes a slot; a value needs `minp`
/// present ones (kWholeWindow: all). Windows are 1 to kWindowMax ticks; state is 8 bytes a slot,
/// and what it holds is the window: a value depends on nothing else, to the last bit. Sums are
/// exact; each answer says where it rounds.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operators/built_in.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"

namespace factorwal {

/// The mean of the window: `ts_mean`. From an exact sum, within 1.2 ulp. Source: pandas
/// `rolling(d).mean()`, TA-Lib SMA. First value: tick d.
class FACTORWAL_EXPORT RollingMean final : public BuiltInOperator {
 public:
  explicit RollingMean(std::int64_t window, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_mean", {detail::as_number(window), detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow) {
    return check("ts_mean", {detail::as_number(window), detail::as_number(minp)});
  }
};

/// The standard deviation of the window: `ts_std`. sqrt(V / (n (n - ddof))), where V = n times the
/// sum of squares less the square of the sum is exact and rounded once, the quotient and the root
/// once each. Exactly 0 for a flat window. ddof 0 or 1 (TA-Lib's STDDEV has 0, pandas 1). First
/// value: tick d.
class FACTORWAL_EXPORT RollingStd final : public BuiltInOperator {
 public:
  explicit RollingStd(std::int64_t window, std::int64_t ddof = 0, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_std", {detail::as_number(window), detail::as_number(ddof),
                                   detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t ddof = 0,
                         std::int64_t minp = kWholeWindow) {
    return check("ts_std",
                 {detail::as_number(window), detail::as_number(ddof), detail::as_number(minp)});
  }
};

/// Pearson's correlation of two inputs over the window, within [-1, 1]: `ts_corr`. A slot counts as
/// present when both inputs are. Missing where either is flat (TA-Lib's CORREL gives 0 there). The
/// three second moments are exact and rounded once; a product, a root and a quotient follow.
/// Source: pandas `rolling(d).corr()`. First value: tick d (d >= 2).
class FACTORWAL_EXPORT RollingCorr final : public BuiltInOperator {
 public:
  explicit RollingCorr(std::int64_t window, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_corr", {detail::as_number(window), detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow) {
    return check("ts_corr", {detail::as_number(window), detail::as_number(minp)});
  }
};

/// The sum of the window's present inputs: `ts_sum`. Exact, rounded once. Source: pandas, TA-Lib
/// SUM. First value: tick d.
class FACTORWAL_EXPORT RollingSum final : public BuiltInOperator {
 public:
  explicit RollingSum(std::int64_t window, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_sum", {detail::as_number(window), detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow) {
    return check("ts_sum", {detail::as_number(window), detail::as_number(minp)});
  }
};

/// The smallest present input of the window: `ts_min`; -0 is smaller than +0. Source: alpha101,
/// TA-Lib MIN. First value: tick d.
class FACTORWAL_EXPORT RollingMin final : public BuiltInOperator {
 public:
  explicit RollingMin(std::int64_t window, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_min", {detail::as_number(window), detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow) {
    return check("ts_min", {detail::as_number(window), detail::as_number(minp)});
  }
};

/// The largest present input of the window: `ts_max`; +0 is larger than -0. Source: alpha101,
/// TA-Lib MAX. First value: tick d.
class FACTORWAL_EXPORT RollingMax final : public BuiltInOperator {
 public:
  explicit RollingMax(std::int64_t window, std::int64_t minp = kWholeWindow)
      : BuiltInOperator("ts_max", {detail::as_number(window), detail::as_number(minp)}) {}
  static Status validate(std::int64_t window, std::int64_t minp = kWholeWindow) {
    return check("ts_max", {detail::as_number(window), detail::as_number(minp)});
  }
};

/// Bollinger's bands: `bbands`. Five outputs: upper = middle + k*std, middle = mean, lower =
/// middle - k*std, bandwidth = (upper - lower) / middle, percent_b = (x - lower) / (upper - lower);
/// the last two are missing where they would divide by zero. Mean and deviation are those of
/// RollingMean and RollingStd, bit for bit. Source: TA-Lib BBANDS (ddof 0); J. Bollinger, 2001, for
/// the last two. First value: tick n. A window with a missing input gives no value. k > 0.
class FACTORWAL_EXPORT BollingerBands final : public BuiltInOperator {
 public:
  explicit BollingerBands(std::int64_t window = 20, double k = 2, std::int64_t ddof = 0)
      : BuiltInOperator("bbands", {detail::as_number(window), k, detail::as_number(ddof)}) {}
  static Status validate(std::int64_t window = 20, double k = 2, std::int64_t ddof = 0) {
    return check("bbands", {detail::as_number(window), k, detail::as_number(ddof)});
  }
};

}  // namespace factorwal
