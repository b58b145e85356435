#include "factorwal/operators/lag.h"

#include <cmath>

#include "base/deterministic_math.h"
#include "operators/identity_text.h"
#include "operators/parameter_checks.h"

namespace factorwal {

inline double detail::LagRing::exchange(double x) noexcept {
  const double old = values_[next_];
  values_[next_] = present_or_missing(x);
  next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
  return old;
}

Status Delay::validate(std::int64_t lag) { return check_range("window", lag, 1, kWindowMax); }

Delay::Delay(std::int64_t lag) : ring_(valid_or_abort(validate(lag), lag)) {}

std::string Delay::identity() const { return identity_text("delay", 1, {{"d", ring_.lag()}}); }

std::unique_ptr<IncrementalOperator> Delay::clone_fresh() const {
  return std::make_unique<Delay>(ring_.lag());
}

void Delay::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  outputs[0] = ring_.exchange(inputs[0]);
}

Status Delta::validate(std::int64_t lag) { return check_range("window", lag, 1, kWindowMax); }

Delta::Delta(std::int64_t lag) : ring_(valid_or_abort(validate(lag), lag)) {}

std::string Delta::identity() const { return identity_text("delta", 1, {{"d", ring_.lag()}}); }

std::unique_ptr<IncrementalOperator> Delta::clone_fresh() const {
  return std::make_unique<Delta>(ring_.lag());
}

void Delta::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  const double x = inputs[0];
  const double old = ring_.exchange(x);
  outputs[0] = finite_or_missing(present_or_missing(x) - old);
}

Status LogReturn::validate(std::int64_t lag) { return check_range("window", lag, 1, kWindowMax); }

LogReturn::LogReturn(std::int64_t lag) : ring_(valid_or_abort(validate(lag), lag)) {}

std::string LogReturn::identity() const {
  return identity_text("log_return", 1, {{"d", ring_.lag()}});
}

std::unique_ptr<IncrementalOperator> LogReturn::clone_fresh() const {
  return std::make_unique<LogReturn>(ring_.lag());
}

void LogReturn::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  const double x = inputs[0];
  const double old = ring_.exchange(x);
  // A ratio keeps the digits that log(x) - log(old) would lose when the two are close.
  const bool defined = is_present(x) && x > 0 && old > 0;
  const double ratio = defined ? x / old : 0;
  outputs[0] =
      ratio > 0 && std::isfinite(ratio) ? finite_or_missing(deterministic_log(ratio)) : kMissing;
}

std::string OiDelta::identity() const { return identity_text("oi_delta", 1, {}); }

std::unique_ptr<IncrementalOperator> OiDelta::clone_fresh() const {
  return std::make_unique<OiDelta>();
}

void OiDelta::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  const double old = ring_.exchange(inputs[0]);
  outputs[0] = finite_or_missing(present_or_missing(inputs[0]) - old);
}

}  // namespace factorwal
