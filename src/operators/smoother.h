#pragma once
/// Averages that carry one value along, seeded as TA-Lib does: with the mean of the first n.

#include <cstdint>

namespace factorwal::operators {

struct Smoother {
  double value =
      0;  ///< while it is being seeded: the first value, from which the others are counted
  double high = 0;  ///< the sum of the differences from it, in two doubles (Knuth's two-sum)
  double low = 0;
  std::int64_t count = 0;  ///< of values, up to n

  [[nodiscard]] bool seeded(std::int64_t n) const noexcept { return count == n; }
  [[nodiscard]] bool sound(std::int64_t n) const noexcept { return count >= 0 && count <= n; }

  /// value += gain * (x - value). Whether there is a value now. `steady`: it is known to be seeded.
  bool push(double x, std::int64_t n, double gain, bool steady) noexcept {
    if (!steady && !seeded(n)) [[unlikely]]
      return seed(x, n);
    value += gain * (x - value);
    return true;
  }

  /// Wilder's: value = (value * (n - 1) + x) / n.
  bool push_wilder(double x, std::int64_t n, bool steady) noexcept {
    if (!steady && !seeded(n)) [[unlikely]]
      return seed(x, n);
    const auto window = static_cast<double>(n);
    value = (value * (window - 1) + x) / window;
    return true;
  }

 private:
  bool seed(double x, std::int64_t n) noexcept {
    if (count == 0) value = x;
    const double difference = x - value;
    const double sum = high + difference;
    const double part = sum - high;
    low += (high - (sum - part)) + (difference - part);
    high = sum;
    ++count;
    if (count < n) return false;
    value += (high + low) / static_cast<double>(count);
    return true;
  }
};

/// Smoothing as in TA-Lib's EMA of n.
[[nodiscard]] inline double ema_gain(double n) noexcept { return 2.0 / (n + 1.0); }

}  // namespace factorwal::operators
