#pragma once
/// The kinds, one file each in kinds/, and what their declarations share.

#include "factorwal/operators/parameters.h"
#include "operators/kind.h"

namespace factorwal::operators {

inline constexpr Parameter kWindowD{"d", Parameter::Type::kWindow, std::nullopt, 1, kWindowMax};
inline constexpr Parameter kMinp{"minp", Parameter::Type::kMinp, std::nullopt, 1, kWindowMax};

/// Parameters of whole numbers hold whole numbers: they are checked before anything else.
[[nodiscard]] inline std::int64_t whole(double number) noexcept {
  return static_cast<std::int64_t>(number);
}

/// A divisor of window - ddof is above 0.
[[nodiscard]] inline Status check_ddof(double window, double ddof) {
  if (ddof < window) return {};
  return Error{Errc::kInvalidArgument, "window must be 2 or more when ddof is 1"};
}

[[nodiscard]] const Kind& atr();
[[nodiscard]] const Kind& bbands();
[[nodiscard]] const Kind& delay();
[[nodiscard]] const Kind& delta();
[[nodiscard]] const Kind& dema();
[[nodiscard]] const Kind& dmi();
[[nodiscard]] const Kind& ema();
[[nodiscard]] const Kind& if_else();
[[nodiscard]] const Kind& log_return();
[[nodiscard]] const Kind& macd();
[[nodiscard]] const Kind& mid();
[[nodiscard]] const Kind& oi_delta();
[[nodiscard]] const Kind& queue_imbalance();
[[nodiscard]] const Kind& rsi();
[[nodiscard]] const Kind& spread();
[[nodiscard]] const Kind& ts_corr();
[[nodiscard]] const Kind& ts_max();
[[nodiscard]] const Kind& ts_mean();
[[nodiscard]] const Kind& ts_min();
[[nodiscard]] const Kind& ts_rank();
[[nodiscard]] const Kind& ts_skew();
[[nodiscard]] const Kind& ts_std();
[[nodiscard]] const Kind& ts_sum();

}  // namespace factorwal::operators
