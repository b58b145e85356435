#pragma once
/// Random series of every kind that a feed, or somebody with ill will, sends.

#include <bit>
#include <cmath>
#include <span>
#include <vector>

#include "support/series.h"

namespace factorwal::test {

using Values = std::vector<double>;

struct SeriesKind {
  const char* name;
  double (*next)(Random& random, Values& before);
};

namespace kinds {

inline double last(const Values& before, double first) {
  return before.empty() ? first : before.back();
}
inline double on_grid(double price, double tick) { return std::round(price / tick) * tick; }
inline double step(Random& random) { return static_cast<double>(random.below(9)) - 4; }

template <int kTicksPerUnit>
double price(Random& random, Values& before) {
  const double tick = 1.0 / kTicksPerUnit;
  return on_grid(last(before, 3000 + static_cast<double>(random.below(900))) + tick * step(random),
                 tick);
}
/// The grid is finer below a power of two than above it.
inline double price_at_a_binade(Random& random, Values& before) {
  const double value = on_grid(last(before, 1.02) + 0.01 * step(random), 0.01);
  return std::fabs(value) < 4 ? value : 1.01;
}
inline double size(Random& random, Values&) {
  return random.below(5) < 3 ? 0 : static_cast<double>(random.below(500));
}
inline double log_return(Random& random, Values&) {
  const double scale = std::ldexp(1, -static_cast<int>(random.below(40)));
  return random.below(9) == 0 ? 0 : std::log(1 + scale * (random.unit() - 0.5));
}
inline double spiked_price(Random& random, Values& before) {
  constexpr double kSpikes[] = {1e12, 1e15, 1e22, -3.5, 1e299, -1e22, 0x1p63, -0x1p63};
  if (random.below(40) == 0) return kSpikes[random.below(std::size(kSpikes))];
  const double value = last(before, 3000);
  return on_grid((std::fabs(value) < 1e5 && value > 0 ? value : 3000) + 0.2 * step(random), 0.2);
}
inline double denormal(Random& random, Values&) {
  const auto bits = random.next() >> (12 + random.below(52));
  return std::bit_cast<double>(bits | random.next() << 63);
}
inline double small(Random& random, Values& before) {  // next to the smallest normal numbers
  return random.below(4) == 0
             ? denormal(random, before)
             : std::ldexp(random.unit() - 0.5, -1000 - static_cast<int>(random.below(40)));
}
inline double zero(Random& random, Values&) {
  const auto which = random.below(30);
  return which == 0 ? 1.5 : which % 2 == 0 ? 0.0 : -0.0;
}
inline double flat(Random& random, Values& before) {
  return random.below(150) == 0 || before.empty() ? random.unit() * 1000 : before.back();
}
inline double flat_tick(Random& random, Values& before) {
  return random.below(60) == 0 || before.empty() ? 0.1 * static_cast<double>(random.below(99))
                                                 : before.back();
}
inline double huge_and_tiny(Random& random, Values& before) {
  return std::ldexp(random.unit() - 0.5, before.size() % 2 == 0 ? 900 : -900);
}
inline double any_bits(Random& random, Values&) { return std::bit_cast<double>(random.next()); }
/// A level, then another of a different magnitude.
inline double regimes(Random& random, Values& before) {
  static constexpr int kExponents[] = {0, 903, -200, -990, 60, -1060, 0, 940, 0, 20};
  const auto regime = before.size() / 90;
  const double whole = static_cast<double>(random.below(200)) - 60;
  return std::ldexp(whole, kExponents[regime % std::size(kExponents)]);
}
inline double large_whole(Random& random, Values&) {
  const auto bits = random.below(60);
  const auto number = static_cast<double>(random.next() >> (63 - bits) >> 1);
  return random.below(2) == 0 ? number : -number;
}
/// A walk at 1e9, with full mantissas.
inline double far_from_zero(Random& random, Values& before) {
  return last(before, 1e9) + (random.unit() - 0.5) * 1e-3;
}

/// Whole numbers near a level, which small sums hold; now and then one far away or off their grid,
/// and another level.
inline double excursions(Random& random, Values& before) {
  const double level = 5000 + 3e6 * static_cast<double>(before.size() / 97 % 3);
  const auto at = before.size() % 97;
  if (at == 60) return level + 0x1p34;
  if (at == 85) return level + 0.1;
  return level + static_cast<double>(random.below(50));
}

}  // namespace kinds

inline constexpr SeriesKind kSeriesKinds[] = {
    {"price_in_cents", kinds::price<100>},
    {"price_in_fifths", kinds::price<5>},
    {"price_in_quarters", kinds::price<4>},
    {"price_at_a_binade", kinds::price_at_a_binade},
    {"size", kinds::size},
    {"log_return", kinds::log_return},
    {"spiked_price", kinds::spiked_price},
    {"denormal", kinds::denormal},
    {"small", kinds::small},
    {"zero", kinds::zero},
    {"flat", kinds::flat},
    {"flat_tick", kinds::flat_tick},
    {"huge_and_tiny", kinds::huge_and_tiny},
    {"any_bits", kinds::any_bits},
    {"regimes", kinds::regimes},
    {"large_whole", kinds::large_whole},
    {"far_from_zero", kinds::far_from_zero},
    {"excursions", kinds::excursions},
};

inline Values make_series(const SeriesKind& kind, std::uint64_t seed, std::size_t length) {
  Random random(seed);
  Values values;
  while (values.size() < length) values.push_back(kind.next(random, values));
  return values;
}

/// Runs and single ticks without a value, in each of the ways that a feed says so.
inline void add_gaps(Values& values, std::uint64_t seed) {
  constexpr double kWays[] = {kNone, std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(), 1e300,
                              -1.7976931348623157e308};
  Random random(seed);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (random.below(30) != 0) continue;
    const auto end = i + (random.below(4) == 0 ? random.below(100) : 1);
    for (; i < end && i < values.size(); ++i) values[i] = kWays[random.below(std::size(kWays))];
  }
}

/// A series that goes along with `x`, more or less closely.
inline Values follower_of(const Values& x, std::uint64_t seed) {
  Random random(seed);
  Values values;
  for (const double value : x) {
    const double noise = std::ldexp(random.unit() - 0.5, -static_cast<int>(random.below(12)));
    values.push_back(-value * (1 + (random.below(3) == 0 ? noise : 0)));
  }
  return values;
}

}  // namespace factorwal::test
