#pragma once
/// \file
/// How built-in operators check their parameters.
///
/// Each class T has `T::validate(parameters...)`. The constructor aborts (naming the reason) on
/// parameters that `validate` refuses: a wrong literal in a program is a bug of the program.
/// `make_operator<T>(parameters...)` returns the reason instead: for parameters from outside.

#include <cstdint>
#include <memory>
#include <utility>

#include "factorwal/result.h"

namespace factorwal {

/// The longest window of any built-in operator, in ticks. A window of this length takes up to
/// 17 MiB per instrument.
inline constexpr std::int64_t kWindowMax = 1'000'000;

/// For `minp`: a value needs every slot of the window present.
inline constexpr std::int64_t kWholeWindow = 0;

template <class Operator, class... Parameters>
[[nodiscard]] Result<std::unique_ptr<Operator>> make_operator(Parameters... parameters) {
  if (Status valid = Operator::validate(parameters...); !valid) return std::move(valid).error();
  return std::make_unique<Operator>(parameters...);
}

}  // namespace factorwal
