#pragma once
/// \file
/// What sliding windows add up: sums, means, squares, products, extremes.

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "factorwal/operator.h"

namespace factorwal::detail {

/// A sum in two doubles: `high + low` is good to about 1e-32 of the sum of magnitudes (Neumaier's
/// idea with Knuth's branch-free two-sum).
struct CompensatedSum {
  double high = 0;
  double low = 0;

  void add(double x) noexcept {
    const double sum = high + x;
    const double x_part = sum - high;
    low += (high - (sum - x_part)) + (x - x_part);
    high = sum;
  }
  [[nodiscard]] double value() const noexcept { return high + low; }
};

/// The plain sum.
struct TotalSums {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kStored = 2;
  CompensatedSum sum;
  std::uint32_t count = 0;

  void add(const double* value) noexcept {
    sum.add(value[0]);
    ++count;
  }
  void store(double* slot) const noexcept {
    slot[0] = sum.high;
    slot[1] = sum.low;
  }
  void load(const double* slot, std::uint32_t loaded_count) noexcept {
    sum = {slot[0], slot[1]};
    count = loaded_count;
  }
  void same_pivot(const TotalSums&) noexcept {}
  void visit(StateVisitor& visitor) {
    visitor.visit(sum.high);
    visitor.visit(sum.low);
    visitor.visit(count);
  }
};

/// The sum of differences from a pivot, which is one of the values: a flat series gives exactly
/// its value as the mean, and nothing is lost to a large common level.
struct MeanSums {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kStored = 2;
  double pivot = 0;
  CompensatedSum sum;
  std::uint32_t count = 0;

  void add(const double* value) noexcept {
    if (count == 0) pivot = value[0];
    sum.add(value[0] - pivot);
    ++count;
  }
  void store(double* slot) const noexcept {
    slot[0] = sum.high;
    slot[1] = sum.low;
  }
  void load(const double* slot, std::uint32_t loaded_count) noexcept {
    sum = {slot[0], slot[1]};
    count = loaded_count;
  }
  void same_pivot(const MeanSums& other) noexcept { pivot = other.pivot; }
  void visit(StateVisitor& visitor) {
    visitor.visit(pivot);
    visitor.visit(sum.high);
    visitor.visit(sum.low);
    visitor.visit(count);
  }

  /// Of the values themselves. Requires: count > 0.
  [[nodiscard]] double mean() const noexcept { return pivot + sum.value() / count; }
};

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

/// MeanSums and M2, the sum of squared deviations from the mean, grown by Youngs and Cramer's
/// formula (1971): every term is a square, so nothing cancels.
struct MomentSums : MeanSums {
  static constexpr std::size_t kStored = 3;
  double m2 = 0;

  void add(const double* value) noexcept {
    MeanSums::add(value);
    if (count > 1) {
      const double n = count;
      const double deviation = n * (value[0] - pivot) - sum.value();
      m2 += deviation * deviation / (n * (n - 1));
    }
  }
  void store(double* slot) const noexcept {
    MeanSums::store(slot);
    slot[2] = m2;
  }
  void load(const double* slot, std::uint32_t loaded_count) noexcept {
    MeanSums::load(slot, loaded_count);
    m2 = slot[2];
  }
  void visit(StateVisitor& visitor) {
    MeanSums::visit(visitor);
    visitor.visit(m2);
  }
};

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

/// Of pairs: sums of differences from a pivot pair, M2 of each, and the sum of products of
/// deviations. The sums are plain: pivots keep them near the window's own spread.
struct PairSums {
  static constexpr std::size_t kInputs = 2;
  static constexpr std::size_t kStored = 5;
  double x_pivot = 0;
  double y_pivot = 0;
  double x_sum = 0;
  double y_sum = 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  std::uint32_t count = 0;

  void add(const double* value) noexcept {
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
  void store(double* slot) const noexcept {
    slot[0] = x_sum;
    slot[1] = y_sum;
    slot[2] = xx;
    slot[3] = yy;
    slot[4] = xy;
  }
  void load(const double* slot, std::uint32_t loaded_count) noexcept {
    x_sum = slot[0];
    y_sum = slot[1];
    xx = slot[2];
    yy = slot[3];
    xy = slot[4];
    count = loaded_count;
  }
  void same_pivot(const PairSums& other) noexcept {
    x_pivot = other.x_pivot;
    y_pivot = other.y_pivot;
  }
  void visit(StateVisitor& visitor) {
    for (double* number : {&x_pivot, &y_pivot, &x_sum, &y_sum, &xx, &yy, &xy}) {
      visitor.visit(*number);
    }
    visitor.visit(count);
  }
};

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

/// The smallest (`kSign` 1) or largest (`kSign` -1) value. Of -0 and +0, which compare equal, the
/// one that `add` saw first.
template <int kSign>
struct ExtremeSums {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kStored = 1;
  double extreme = 0;
  std::uint32_t count = 0;

  [[nodiscard]] static bool beats(double a, double b) noexcept { return kSign > 0 ? a < b : a > b; }
  void add(const double* value) noexcept {
    if (count == 0 || beats(value[0], extreme)) extreme = value[0];
    ++count;
  }
  void store(double* slot) const noexcept { slot[0] = extreme; }
  void load(const double* slot, std::uint32_t loaded_count) noexcept {
    extreme = slot[0];
    count = loaded_count;
  }
  void same_pivot(const ExtremeSums&) noexcept {}
  void visit(StateVisitor& visitor) {
    visitor.visit(extreme);
    visitor.visit(count);
  }
};

template <int kSign>
[[nodiscard]] double combined_extreme(const ExtremeSums<kSign>& front,
                                      const ExtremeSums<kSign>& back) noexcept {
  if (front.count == 0) return back.extreme;
  if (back.count == 0) return front.extreme;
  return ExtremeSums<kSign>::beats(back.extreme, front.extreme) ? back.extreme : front.extreme;
}

}  // namespace factorwal::detail
