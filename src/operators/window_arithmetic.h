#pragma once
/// What sliding windows and their sums do. Here and not in the public headers: a host built with
/// -ffast-math must not compile it, as its version might be the one that is linked.

#include <array>

#include "factorwal/operators/sliding_window.h"
#include "factorwal/operators/window_sums.h"

namespace factorwal::detail {

// Knuth's branch-free two-sum.
inline void CompensatedSum::add(double x) noexcept {
  const double sum = high + x;
  const double x_part = sum - high;
  low += (high - (sum - x_part)) + (x - x_part);
  high = sum;
}

inline double CompensatedSum::value() const noexcept { return high + low; }

inline void TotalSums::add(const double* value) noexcept {
  sum.add(value[0]);
  ++count;
}

inline void MeanSums::add(const double* value) noexcept {
  if (count == 0) pivot = value[0];
  sum.add(value[0] - pivot);
  ++count;
}

inline double MeanSums::mean() const noexcept { return pivot + sum.value() / count; }

inline void MomentSums::add(const double* value) noexcept {
  MeanSums::add(value);
  if (count > 1) {
    const double n = count;
    const double deviation = n * (value[0] - pivot) - sum.value();
    m2 += deviation * deviation / (n * (n - 1));
  }
}

inline void PairSums::add(const double* value) noexcept {
  if (count == 0) {
    x_pivot = value[0];
    y_pivot = value[1];
  }
  ++count;
  const double n = count;
  const double x = value[0] - x_pivot;
  const double y = value[1] - y_pivot;
  x_sum += x;
  y_sum += y;
  if (count > 1) {
    const double x_deviation = n * x - x_sum;
    const double y_deviation = n * y - y_sum;
    const double scale = n * (n - 1);
    xx += x_deviation * x_deviation / scale;
    yy += y_deviation * y_deviation / scale;
    xy += x_deviation * y_deviation / scale;
  }
}

template <int kSign>
bool ExtremeSums<kSign>::beats(double a, double b) noexcept {
  return kSign > 0 ? a < b : a > b;
}

template <int kSign>
void ExtremeSums<kSign>::add(const double* value) noexcept {
  if (count == 0 || beats(value[0], extreme)) extreme = value[0];
  ++count;
}

/// The mean of both parts together. Requires: at least one value.
[[nodiscard]] inline double combined_mean(const MeanSums& front, const MeanSums& back) noexcept {
  if (front.count == 0) return back.mean();
  if (back.count == 0) return front.mean();
  CompensatedSum sum = front.sum;
  sum.add(back.sum.high);
  sum.add(static_cast<double>(back.count) * (back.pivot - front.pivot));
  sum.low += back.sum.low;
  return front.pivot + sum.value() / (static_cast<double>(front.count) + back.count);
}

/// M2 of both parts together (Chan, Golub, LeVeque 1979).
[[nodiscard]] inline double combined_m2(const MomentSums& front, const MomentSums& back) noexcept {
  if (front.count == 0) return back.m2;
  if (back.count == 0) return front.m2;
  const double n_front = front.count;
  const double n_back = back.count;
  const double apart =
      (back.pivot - front.pivot) + (back.sum.value() / n_back - front.sum.value() / n_front);
  return front.m2 + back.m2 + apart * apart * (n_front * n_back / (n_front + n_back));
}

struct PairMoments {
  double xx = 0;
  double yy = 0;
  double xy = 0;
};

/// Both parts together.
[[nodiscard]] inline PairMoments combined_moments(const PairSums& front,
                                                  const PairSums& back) noexcept {
  if (front.count == 0) return {back.xx, back.yy, back.xy};
  if (back.count == 0) return {front.xx, front.yy, front.xy};
  const double n_front = front.count;
  const double n_back = back.count;
  const double weight = n_front * n_back / (n_front + n_back);
  const double x_apart =
      (back.x_pivot - front.x_pivot) + (back.x_sum / n_back - front.x_sum / n_front);
  const double y_apart =
      (back.y_pivot - front.y_pivot) + (back.y_sum / n_back - front.y_sum / n_front);
  return {front.xx + back.xx + x_apart * x_apart * weight,
          front.yy + back.yy + y_apart * y_apart * weight,
          front.xy + back.xy + x_apart * y_apart * weight};
}

template <int kSign>
[[nodiscard]] double combined_extreme(const ExtremeSums<kSign>& front,
                                      const ExtremeSums<kSign>& back) noexcept {
  if (front.count == 0) return back.extreme;
  if (back.count == 0) return front.extreme;
  return ExtremeSums<kSign>::beats(back.extreme, front.extreme) ? back.extreme : front.extreme;
}

template <class Sums>
void SlidingWindow<Sums>::push(const double* value, bool present) noexcept {
  if (back_slot_count_ == window_) flip();
  double* slot = &slots_[std::size_t{back_slot_count_} * Sums::kStored];
  for (std::size_t i = 0; i < Sums::kInputs; ++i) slot[i] = present ? value[i] : 0.0;
  counts_[back_slot_count_] = present ? 1 : 0;
  ++back_slot_count_;
  if (present) back_.add(value);
  front_.count = 0;
  if (back_slot_count_ < window_) {
    front_.load(&slots_[std::size_t{back_slot_count_} * Sums::kStored], counts_[back_slot_count_]);
  }
}

template <class Sums>
void SlidingWindow<Sums>::flip() noexcept {
  Sums suffix;
  for (std::uint32_t i = window_; i-- > 0;) {
    double* slot = &slots_[std::size_t{i} * Sums::kStored];
    if (counts_[i] != 0) {
      std::array<double, Sums::kInputs> value;
      for (std::size_t j = 0; j < Sums::kInputs; ++j) value[j] = slot[j];
      suffix.add(value.data());
    }
    suffix.store(slot);
    counts_[i] = suffix.count;
  }
  // The pivot is the newest present value, so that it lies within every suffix that has any.
  front_ = Sums{};
  front_.same_pivot(suffix);
  back_ = Sums{};
  back_slot_count_ = 0;
}

}  // namespace factorwal::detail
