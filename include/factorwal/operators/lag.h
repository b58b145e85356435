#pragma once
/// \file
/// Operators that compare with d ticks ago. A missing tick counts as a tick: "5 ago" is five slots
/// back, and missing if that slot is. Lags are 1 to kWindowMax; state is 8 bytes a slot.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operators/built_in.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"

namespace factorwal {

/// The input of d ticks ago: `delay`. Source: alpha101. First value: tick d + 1.
class FACTORWAL_EXPORT Delay final : public BuiltInOperator {
 public:
  explicit Delay(std::int64_t lag) : BuiltInOperator("delay", {detail::as_number(lag)}) {}
  static Status validate(std::int64_t lag) { return check("delay", {detail::as_number(lag)}); }
};

/// The input less that of d ticks ago: `delta`, `mom`. Source: alpha101, TA-Lib MOM. First value:
/// tick d + 1.
class FACTORWAL_EXPORT Delta final : public BuiltInOperator {
 public:
  explicit Delta(std::int64_t lag) : BuiltInOperator("delta", {detail::as_number(lag)}) {}
  static Status validate(std::int64_t lag) { return check("delta", {detail::as_number(lag)}); }
};

/// log(x / x of d ticks ago), natural; missing unless both are above zero: `log_return`. First
/// value: tick d + 1.
class FACTORWAL_EXPORT LogReturn final : public BuiltInOperator {
 public:
  explicit LogReturn(std::int64_t lag = 1)
      : BuiltInOperator("log_return", {detail::as_number(lag)}) {}
  static Status validate(std::int64_t lag = 1) {
    return check("log_return", {detail::as_number(lag)});
  }
};

/// The open interest less that of the tick before: `oi_delta`. First value: tick 2.
class FACTORWAL_EXPORT OiDelta final : public BuiltInOperator {
 public:
  OiDelta() : BuiltInOperator("oi_delta", {}) {}
};

}  // namespace factorwal
