#include "factorwal/operators/recursive.h"

#include <algorithm>
#include <cmath>

#include "base/floating_point_guard.h"
#include "operators/identity_text.h"
#include "operators/parameter_checks.h"
#include "operators/window_arithmetic.h"

namespace factorwal {
namespace {

/// Smoothing as in TA-Lib's EMA of n.
double ema_gain(std::int64_t window) noexcept {
  const FloatingPointGuard guard;
  return 2.0 / (static_cast<double>(window) + 1.0);
}

void set_missing(std::span<double> outputs) noexcept {
  std::fill(outputs.begin(), outputs.end(), kMissing);
}

}  // namespace

namespace detail {

inline bool SeededSmoother::push(double x) noexcept {
  if (seed_.count == seed_count_) {
    value_ += gain_ * (x - value_);
    return true;
  }
  seed_.add(&x);
  if (seed_.count < seed_count_) return false;
  value_ = seed_.mean();
  return true;
}

inline bool WilderSmoother::push(double x) noexcept {
  if (seed_.count == window_) {
    const double n = window_;
    value_ = (value_ * (n - 1) + x) / n;
    return true;
  }
  seed_.add(&x);
  if (seed_.count < window_) return false;
  value_ = seed_.mean();
  return true;
}

}  // namespace detail

// ---- EMA

Status EMA::validate(std::int64_t window) { return check_range("window", window, 1, kWindowMax); }

EMA::EMA(std::int64_t window)
    : window_(valid_or_abort(validate(window), window)), average_(window, ema_gain(window)) {}

std::string EMA::identity() const {
  return identity_text("ema", 1, {{"n", window_}, {"seed", std::string_view("sma")}});
}

std::unique_ptr<IncrementalOperator> EMA::clone_fresh() const {
  return std::make_unique<EMA>(window_);
}

void EMA::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  set_missing(outputs);
  if (!is_present(inputs[0])) return;
  if (average_.push(inputs[0])) outputs[0] = finite_or_missing(average_.value());
}

// ---- DEMA

Status DEMA::validate(std::int64_t window) { return EMA::validate(window); }

DEMA::DEMA(std::int64_t window)
    : window_(valid_or_abort(validate(window), window)),
      first_(window, ema_gain(window)),
      second_(window, ema_gain(window)) {}

std::string DEMA::identity() const { return identity_text("dema", 1, {{"n", window_}}); }

std::unique_ptr<IncrementalOperator> DEMA::clone_fresh() const {
  return std::make_unique<DEMA>(window_);
}

void DEMA::visit_state(StateVisitor& visitor) {
  first_.visit_state(visitor);
  second_.visit_state(visitor);
}

bool DEMA::state_is_sound() const { return first_.state_is_sound() && second_.state_is_sound(); }

void DEMA::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  set_missing(outputs);
  if (!is_present(inputs[0])) return;
  if (first_.push(inputs[0]) && second_.push(first_.value())) {
    outputs[0] = finite_or_missing(2.0 * first_.value() - second_.value());
  }
}

// ---- RSI

Status RSI::validate(std::int64_t window, double flat) {
  // NaN is a fair answer for a flat series; an infinite one is not.
  if (std::isinf(flat)) return Error{Errc::kInvalidArgument, "flat must not be infinite"};
  return check_range("window", window, 2, kWindowMax);
}

RSI::RSI(std::int64_t window, double flat)
    : window_(valid_or_abort(validate(window, flat), window)),
      flat_(finite_or_missing(flat)),
      gain_(window),
      loss_(window) {}

std::string RSI::identity() const {
  return identity_text("rsi", 1, {{"n", window_}, {"flat", flat_}});
}

std::unique_ptr<IncrementalOperator> RSI::clone_fresh() const {
  return std::make_unique<RSI>(window_, flat_);
}

void RSI::visit_state(StateVisitor& visitor) {
  visitor.visit(has_previous_);
  visitor.visit(previous_);
  gain_.visit_state(visitor);
  loss_.visit_state(visitor);
}

bool RSI::state_is_sound() const { return gain_.state_is_sound() && loss_.state_is_sound(); }

void RSI::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  set_missing(outputs);
  const double x = inputs[0];
  if (!is_present(x)) return;
  const bool has_change = has_previous_;
  const double change = x - previous_;
  previous_ = x;
  has_previous_ = true;
  if (!has_change) return;
  const bool ready = gain_.push(change > 0 ? change : 0);
  loss_.push(change < 0 ? -change : 0);
  if (!ready) return;
  const double gain = gain_.value();
  const double both = gain + loss_.value();
  outputs[0] = both == 0 ? flat_ : finite_or_missing(100.0 * (gain / both));
}

// ---- MACD

Status MACD::validate(std::int64_t fast, std::int64_t slow, std::int64_t signal) {
  if (Status valid = check_range("fast", fast, 1, kWindowMax); !valid) return valid;
  if (Status valid = check_range("slow", slow, 1, kWindowMax); !valid) return valid;
  if (Status valid = check_range("signal", signal, 1, kWindowMax); !valid) return valid;
  if (fast >= slow) {
    return Error{Errc::kInvalidArgument, "fast must be smaller than slow, but is " +
                                             std::to_string(fast) + " against " +
                                             std::to_string(slow)};
  }
  return {};
}

MACD::MACD(std::int64_t fast, std::int64_t slow, std::int64_t signal)
    : fast_window_(valid_or_abort(validate(fast, slow, signal), fast)),
      slow_window_(slow),
      signal_window_(signal),
      fast_(fast, ema_gain(fast)),
      slow_(slow, ema_gain(slow)),
      signal_(signal, ema_gain(signal)) {}

std::string MACD::identity() const {
  return identity_text(
      "macd", 1, {{"fast", fast_window_}, {"slow", slow_window_}, {"signal", signal_window_}});
}

std::unique_ptr<IncrementalOperator> MACD::clone_fresh() const {
  return std::make_unique<MACD>(fast_window_, slow_window_, signal_window_);
}

void MACD::visit_state(StateVisitor& visitor) {
  visitor.visit(skipped_count_);
  fast_.visit_state(visitor);
  slow_.visit_state(visitor);
  signal_.visit_state(visitor);
}

bool MACD::state_is_sound() const {
  return skipped_count_ >= 0 && skipped_count_ <= slow_window_ - fast_window_ &&
         fast_.state_is_sound() && slow_.state_is_sound() && signal_.state_is_sound();
}

void MACD::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  set_missing(outputs);
  const double x = inputs[0];
  if (!is_present(x)) return;
  if (skipped_count_ < slow_window_ - fast_window_) {
    ++skipped_count_;
  } else {
    fast_.push(x);
  }
  if (!slow_.push(x)) return;
  const double line = fast_.value() - slow_.value();
  if (!signal_.push(line)) return;
  outputs[0] = finite_or_missing(line);
  outputs[1] = finite_or_missing(signal_.value());
  outputs[2] = finite_or_missing(line - signal_.value());
}

// ---- ATR

Status ATR::validate(std::int64_t window) { return check_range("window", window, 1, kWindowMax); }

ATR::ATR(std::int64_t window)
    : window_(valid_or_abort(validate(window), window)), average_(window) {}

std::string ATR::identity() const { return identity_text("atr", 1, {{"n", window_}}); }

std::unique_ptr<IncrementalOperator> ATR::clone_fresh() const {
  return std::make_unique<ATR>(window_);
}

void ATR::visit_state(StateVisitor& visitor) {
  visitor.visit(has_previous_);
  visitor.visit(previous_close_);
  average_.visit_state(visitor);
}

bool ATR::state_is_sound() const { return average_.state_is_sound(); }

void ATR::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  set_missing(outputs);
  const double high = inputs[0];
  const double low = inputs[1];
  const double close = inputs[2];
  if (!is_present(high) || !is_present(low) || !is_present(close)) return;
  const bool has_range = has_previous_;
  const double true_range =
      std::max({high - low, std::fabs(high - previous_close_), std::fabs(low - previous_close_)});
  previous_close_ = close;
  has_previous_ = true;
  if (has_range && average_.push(true_range)) outputs[0] = finite_or_missing(average_.value());
}

}  // namespace factorwal
