#pragma once
/// Deterministic input for operator tests.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace factorwal::test {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A small generator with a fixed sequence (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// A price that walks by ticks, with flat stretches, spikes of 1e12, and missing values.
inline std::vector<double> nasty_series(std::uint64_t seed, std::size_t length,
                                        bool with_missing = true) {
  Random random(seed);
  std::vector<double> series;
  double price = 100.0 + static_cast<double>(random.below(5000));
  std::size_t flat_left = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (flat_left > 0) {
      --flat_left;
    } else if (random.below(97) == 0) {
      flat_left = random.below(70);
    } else {
      price += 0.2 * (static_cast<double>(random.below(7)) - 3.0);
    }
    double value = price;
    if (random.below(211) == 0) value = 1e12;
    if (random.below(307) == 0) value = -3.5;
    if (with_missing) {
      switch (random.below(60)) {
        case 0: value = kNone; break;
        case 1: value = std::numeric_limits<double>::infinity(); break;
        case 2: value = 1.7976931348623157e308; break;
        default: break;
      }
    }
    series.push_back(value);
  }
  return series;
}

/// The reference's drift series (data/reference/stability): a walk at 1e9 in steps of 1e-3.
struct DriftSeries {
  std::vector<double> x;
  std::vector<double> y;
};

inline DriftSeries drift_series(std::size_t length, bool spikes_and_flats) {
  DriftSeries series;
  std::uint64_t s1 = 0x123456789ABCDEF1u;
  std::uint64_t s2 = 0x0FEDCBA987654321u;
  std::int64_t x = 0;
  std::int64_t y = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (i > 0) {
      s1 = s1 * 6364136223846793005u + 1442695040888963407u;
      s2 = s2 * 6364136223846793005u + 1442695040888963407u;
      const std::int64_t d = static_cast<std::int64_t>((s1 >> 33) % 3) - 1;
      const std::uint64_t r = s2 >> 33;
      x += d;
      y += r % 2 == 0 ? d : static_cast<std::int64_t>((r >> 1) % 3) - 1;
    }
    double x_value = static_cast<double>(1000000000000 + x) / 1000.0;
    if (spikes_and_flats) {
      const std::size_t phase = i % 10000;
      if (phase == 5000) x_value = 1e15;
      if (phase > 7000 && phase <= 7999) x_value = series.x.back();
    }
    series.x.push_back(x_value);
    series.y.push_back(static_cast<double>(1000000000000 + y) / 1000.0);
  }
  return series;
}

}  // namespace factorwal::test
