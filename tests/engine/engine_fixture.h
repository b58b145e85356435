#pragma once
/// Ticks of several instruments, engines over them, and the values that came out, bit for bit.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "factorwal/engine.h"
#include "support/temp_dir.h"

namespace factorwal::test {

struct MadeTick {
  std::string instrument;
  TimestampNs timestamp_ns;
  std::vector<double> fields;  // TickSchema::quotes()
};

inline std::string instrument_name(std::size_t index) {
  auto name = std::to_string(index);
  name.insert(name.begin(), 'I');
  return name;
}

inline std::vector<MadeTick> make_ticks(std::size_t count, std::size_t instruments,
                                        std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::uint64_t n) { return static_cast<double>(random() % n); };
  std::vector<double> prices(instruments, 5000);
  std::vector<MadeTick> ticks;
  for (std::size_t i = 0; i < count; ++i) {
    const auto which = static_cast<std::size_t>(random() % instruments);
    auto& price = prices[which];
    price += 0.2 * (pick(5) - 2);
    MadeTick tick{instrument_name(which),
                  static_cast<TimestampNs>(1000 * i),
                  {price, pick(50), price * 10, 1000 + pick(100), price - 0.2, 1 + pick(9),
                   price + 0.2, 1 + pick(9)}};
    if (random() % 17 == 0) {
      tick.fields[random() % tick.fields.size()] = std::numeric_limits<double>::quiet_NaN();
    }
    if (random() % 101 == 0) tick.fields[0] = std::numeric_limits<double>::infinity();
    ticks.push_back(std::move(tick));
  }
  return ticks;
}

using Bits = std::vector<std::uint64_t>;

inline void append_bits(Bits& bits, std::span<const double> values) {
  for (const auto value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
}

/// The values of every tick in [from, to).
inline Bits feed(Engine& engine, const std::vector<MadeTick>& ticks, std::size_t from,
                 std::size_t to) {
  Bits bits;
  for (std::size_t i = from; i < to; ++i) {
    const auto instrument = engine.instrument(ticks[i].instrument).value();
    const auto row = static_cast<std::uint64_t>(i + 1);
    const auto result = engine.process_tick({instrument, ticks[i].timestamp_ns, ticks[i].fields},
                                            std::as_bytes(std::span(&row, 1)));
    EXPECT_TRUE(result.accepted()) << to_string(result.status);
    append_bits(bits, result.values);
  }
  return bits;
}

inline std::uint64_t row_of(const EngineRecovery& recovery) {
  std::uint64_t row = 0;
  if (recovery.position.size() == sizeof row)
    std::memcpy(&row, recovery.position.data(), sizeof row);
  return row;
}

inline FactorSet default_factors() { return FactorSet::default_set(TickSchema::quotes()).value(); }

class EngineTest : public testing::Test {
 protected:
  std::unique_ptr<Engine> open(const std::string& name, FactorSet factors = default_factors(),
                               EngineOptions options = {}) {
    auto engine = Engine::open(dir_ / name, std::move(factors), options);
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? std::move(*engine) : nullptr;
  }
  TempDir dir_;
};

}  // namespace factorwal::test
