#pragma once
/// \file
/// What sliding windows add up: sums, means, squares, products, extremes. State only: the library
/// keeps the arithmetic to itself, so that a host built with -ffast-math does not compile it.

#include <cstddef>
#include <cstdint>

#include "factorwal/operator.h"

namespace factorwal::detail {

/// A sum in two doubles: `high + low` is good to about 1e-32 of the sum of magnitudes (Neumaier's
/// idea with Knuth's branch-free two-sum).
struct CompensatedSum {
  double high = 0;
  double low = 0;

  void add(double x) noexcept;
  [[nodiscard]] double value() const noexcept;
};

/// The plain sum.
struct TotalSums {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kStored = 2;
  CompensatedSum sum;
  std::uint32_t count = 0;

  void add(const double* value) noexcept;
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

  void add(const double* value) noexcept;
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
  [[nodiscard]] double mean() const noexcept;
};

/// MeanSums and M2, the sum of squared deviations from the mean, grown by Youngs and Cramer's
/// formula (1971): every term is a square, so nothing cancels.
struct MomentSums : MeanSums {
  static constexpr std::size_t kStored = 3;
  double m2 = 0;

  void add(const double* value) noexcept;
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

  void add(const double* value) noexcept;
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

/// The smallest (`kSign` 1) or largest (`kSign` -1) value. Of -0 and +0, which compare equal, the
/// one that `add` saw first.
template <int kSign>
struct ExtremeSums {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kStored = 1;
  double extreme = 0;
  std::uint32_t count = 0;

  [[nodiscard]] static bool beats(double a, double b) noexcept;
  void add(const double* value) noexcept;
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

}  // namespace factorwal::detail
