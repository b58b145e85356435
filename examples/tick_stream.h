#pragma once
/// Made-up ticks for the examples, with the columns of TickSchema::quotes().

#include <array>
#include <cstdint>
#include <vector>

namespace examples {

struct ExampleTick {
  std::int64_t timestamp_ns;
  std::array<double, 8>
      fields;  // close, volume, turnover, open interest, bid, its volume, ask, ...
};

inline std::vector<ExampleTick> tick_stream(int count) {
  std::vector<ExampleTick> ticks;
  std::uint64_t state = 7;
  double price = 73000;
  for (int i = 0; i < count; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    price += 10.0 * (static_cast<double>((state >> 33) % 5) - 2);
    const double volume = 1.0 + static_cast<double>((state >> 40) % 9);
    ticks.push_back({1'735'689'600'000'000'000 + i * 500'000'000LL,
                     {price, volume, price * volume * 5, 180000, price - 10, 12, price + 10, 9}});
  }
  return ticks;
}

}  // namespace examples
