#include "factorwal/operators/rolling.h"

#include <algorithm>
#include <cmath>

#include "operators/identity_text.h"
#include "operators/parameter_checks.h"
#include "operators/window_arithmetic.h"

namespace factorwal {
namespace {

Status check_window(std::int64_t window, std::int64_t minp, std::int64_t window_min) {
  if (Status valid = check_range("window", window, window_min, kWindowMax); !valid) return valid;
  if (minp == kWholeWindow) return {};
  return check_range("minp", minp, 1, window);
}

std::uint32_t resolved_minp(const Status& valid, std::int64_t window, std::int64_t minp) {
  return static_cast<std::uint32_t>(valid_or_abort(valid, minp == kWholeWindow ? window : minp));
}

double standard_deviation(const detail::SlidingWindow<detail::MomentSums>& sums,
                          std::uint32_t ddof) noexcept {
  if (sums.count() <= ddof) return kMissing;
  const double m2 = detail::combined_m2(sums.front(), sums.back());
  return finite_or_missing(std::sqrt(m2 / (sums.count() - ddof)));
}

double correlation(const detail::SlidingWindow<detail::PairSums>& sums) noexcept {
  const auto [xx, yy, xy] = detail::combined_moments(sums.front(), sums.back());
  if (xx == 0 || yy == 0) return kMissing;
  // Two roots: the product of the squares may leave the range of doubles.
  const double ratio = xy / (std::sqrt(xx) * std::sqrt(yy));
  return std::isfinite(ratio) ? std::clamp(ratio, -1.0, 1.0) : kMissing;
}

double total(const detail::SlidingWindow<detail::TotalSums>& sums) noexcept {
  detail::CompensatedSum sum =
      sums.front().count == 0 ? detail::CompensatedSum{} : sums.front().sum;
  sum.add(sums.back().sum.high);
  sum.low += sums.back().sum.low;
  return finite_or_missing(sum.value());
}

}  // namespace

// ---- RollingMean

Status RollingMean::validate(std::int64_t window, std::int64_t minp) {
  return check_window(window, minp, 1);
}

RollingMean::RollingMean(std::int64_t window, std::int64_t minp)
    : minp_(resolved_minp(validate(window, minp), window, minp)),
      sums_(static_cast<std::uint32_t>(window)) {}

std::string RollingMean::identity() const {
  return identity_text("ts_mean", 1,
                       {{"d", std::int64_t{sums_.window()}}, {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingMean::clone_fresh() const {
  return std::make_unique<RollingMean>(sums_.window(), minp_);
}

void RollingMean::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  sums_.push(inputs.data(), is_present(inputs[0]));
  outputs[0] = sums_.count() < minp_
                   ? kMissing
                   : finite_or_missing(detail::combined_mean(sums_.front(), sums_.back()));
}

// ---- RollingStd

Status RollingStd::validate(std::int64_t window, std::int64_t ddof, std::int64_t minp) {
  if (Status valid = check_window(window, minp, 1); !valid) return valid;
  if (Status valid = check_range("ddof", ddof, 0, 1); !valid) return valid;
  if (ddof >= window) {
    return Error{Errc::kInvalidArgument, "window must be 2 or more when ddof is 1"};
  }
  return {};
}

RollingStd::RollingStd(std::int64_t window, std::int64_t ddof, std::int64_t minp)
    : ddof_(static_cast<std::uint32_t>(ddof)),
      minp_(resolved_minp(validate(window, ddof, minp), window, minp)),
      sums_(static_cast<std::uint32_t>(window)) {}

std::string RollingStd::identity() const {
  return identity_text("ts_std", 1,
                       {{"d", std::int64_t{sums_.window()}},
                        {"ddof", std::int64_t{ddof_}},
                        {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingStd::clone_fresh() const {
  return std::make_unique<RollingStd>(sums_.window(), ddof_, minp_);
}

void RollingStd::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  sums_.push(inputs.data(), is_present(inputs[0]));
  outputs[0] = sums_.count() < minp_ ? kMissing : standard_deviation(sums_, ddof_);
}

// ---- RollingCorr

Status RollingCorr::validate(std::int64_t window, std::int64_t minp) {
  return check_window(window, minp, 2);
}

RollingCorr::RollingCorr(std::int64_t window, std::int64_t minp)
    : minp_(resolved_minp(validate(window, minp), window, minp)),
      sums_(static_cast<std::uint32_t>(window)) {}

std::string RollingCorr::identity() const {
  return identity_text("ts_corr", 1,
                       {{"d", std::int64_t{sums_.window()}}, {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingCorr::clone_fresh() const {
  return std::make_unique<RollingCorr>(sums_.window(), minp_);
}

void RollingCorr::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  sums_.push(inputs.data(), is_present(inputs[0]) && is_present(inputs[1]));
  outputs[0] = sums_.count() < minp_ ? kMissing : correlation(sums_);
}

// ---- RollingSum

Status RollingSum::validate(std::int64_t window, std::int64_t minp) {
  return check_window(window, minp, 1);
}

RollingSum::RollingSum(std::int64_t window, std::int64_t minp)
    : minp_(resolved_minp(validate(window, minp), window, minp)),
      sums_(static_cast<std::uint32_t>(window)) {}

std::string RollingSum::identity() const {
  return identity_text("ts_sum", 1,
                       {{"d", std::int64_t{sums_.window()}}, {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingSum::clone_fresh() const {
  return std::make_unique<RollingSum>(sums_.window(), minp_);
}

void RollingSum::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  sums_.push(inputs.data(), is_present(inputs[0]));
  outputs[0] = sums_.count() < minp_ ? kMissing : total(sums_);
}

// ---- RollingMin

Status RollingMin::validate(std::int64_t window, std::int64_t minp) {
  return check_window(window, minp, 1);
}

RollingMin::RollingMin(std::int64_t window, std::int64_t minp)
    : minp_(resolved_minp(validate(window, minp), window, minp)),
      extremes_(static_cast<std::uint32_t>(window)) {}

std::string RollingMin::identity() const {
  return identity_text("ts_min", 1,
                       {{"d", std::int64_t{extremes_.window()}}, {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingMin::clone_fresh() const {
  return std::make_unique<RollingMin>(extremes_.window(), minp_);
}

void RollingMin::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  extremes_.push(inputs.data(), is_present(inputs[0]));
  outputs[0] = extremes_.count() < minp_
                   ? kMissing
                   : detail::combined_extreme(extremes_.front(), extremes_.back());
}

// ---- RollingMax

Status RollingMax::validate(std::int64_t window, std::int64_t minp) {
  return check_window(window, minp, 1);
}

RollingMax::RollingMax(std::int64_t window, std::int64_t minp)
    : minp_(resolved_minp(validate(window, minp), window, minp)),
      extremes_(static_cast<std::uint32_t>(window)) {}

std::string RollingMax::identity() const {
  return identity_text("ts_max", 1,
                       {{"d", std::int64_t{extremes_.window()}}, {"minp", std::int64_t{minp_}}});
}

std::unique_ptr<IncrementalOperator> RollingMax::clone_fresh() const {
  return std::make_unique<RollingMax>(extremes_.window(), minp_);
}

void RollingMax::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  extremes_.push(inputs.data(), is_present(inputs[0]));
  outputs[0] = extremes_.count() < minp_
                   ? kMissing
                   : detail::combined_extreme(extremes_.front(), extremes_.back());
}

// ---- BollingerBands

Status BollingerBands::validate(std::int64_t window, double k, std::int64_t ddof) {
  if (Status valid = RollingStd::validate(window, ddof); !valid) return valid;
  if (!(k > 0) || !is_present(k)) {
    return Error{Errc::kInvalidArgument, "k must be a number above 0"};
  }
  return {};
}

BollingerBands::BollingerBands(std::int64_t window, double k, std::int64_t ddof)
    : k_(k),
      ddof_(static_cast<std::uint32_t>(ddof)),
      sums_(static_cast<std::uint32_t>(valid_or_abort(validate(window, k, ddof), window))) {}

std::string BollingerBands::identity() const {
  return identity_text(
      "bbands", 1, {{"n", std::int64_t{sums_.window()}}, {"k", k_}, {"ddof", std::int64_t{ddof_}}});
}

std::unique_ptr<IncrementalOperator> BollingerBands::clone_fresh() const {
  return std::make_unique<BollingerBands>(sums_.window(), k_, ddof_);
}

void BollingerBands::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  sums_.push(inputs.data(), is_present(inputs[0]));
  if (sums_.count() < sums_.window()) {
    std::fill(outputs.begin(), outputs.end(), kMissing);
    return;
  }
  const double middle = detail::combined_mean(sums_.front(), sums_.back());
  const double width = k_ * standard_deviation(sums_, ddof_);
  const double upper = middle + width;
  const double lower = middle - width;
  outputs[0] = finite_or_missing(upper);
  outputs[1] = finite_or_missing(middle);
  outputs[2] = finite_or_missing(lower);
  outputs[3] = finite_or_missing((upper - lower) / middle);
  outputs[4] = finite_or_missing((inputs[0] - lower) / (upper - lower));
}

}  // namespace factorwal
