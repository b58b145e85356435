#pragma once
/// \file
/// Operators of one tick's best quotes. No state; missing where an input is.

#include <cstdint>

#include "factorwal/export.h"
#include "factorwal/operators/built_in.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"

namespace factorwal {

/// (bid + ask) / 2. First value: tick 1.
class FACTORWAL_EXPORT Mid final : public BuiltInOperator {
 public:
  Mid() : BuiltInOperator("mid", {}) {}
};

/// ask - bid. First value: tick 1.
class FACTORWAL_EXPORT Spread final : public BuiltInOperator {
 public:
  Spread() : BuiltInOperator("spread", {}) {}
};

/// (bid volume - ask volume) / (bid volume + ask volume); missing where both are 0. First value:
/// tick 1.
class FACTORWAL_EXPORT QueueImbalance final : public BuiltInOperator {
 public:
  QueueImbalance() : BuiltInOperator("queue_imbalance", {}) {}
};

}  // namespace factorwal
