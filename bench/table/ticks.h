#pragma once
/// Ticks of 8 fields for an engine with the 20 default factors.

#include <array>

#include "factorwal/engine.h"
#include "support.h"

namespace factorwal::bench {

struct MarketRow {
  std::uint32_t instrument = 0;
  TimestampNs time = 0;
  std::array<double, 8> fields{};
};

/// Walks on a grid of 0.2; each row is of any instrument.
[[nodiscard]] inline std::vector<MarketRow> make_market(std::uint64_t count,
                                                        std::uint32_t instruments) {
  std::vector<double> prices(instruments, 5000);
  std::vector<MarketRow> rows(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto h = mix(i * 1'000'003 + 1);
    auto& row = rows[i];
    row.instrument = static_cast<std::uint32_t>(h % instruments);
    row.time = 1'700'000'000'000'000'000 + static_cast<TimestampNs>(i) * 1000;
    auto& price = prices[row.instrument];
    price += 0.2 * (static_cast<double>((h >> 32) % 5) - 2);
    const auto volume = static_cast<double>((h >> 40) % 50);
    row.fields = {price,
                  volume,
                  price * volume * 300,
                  90000 + static_cast<double>((h >> 48) % 9),
                  price - 0.2,
                  1 + static_cast<double>((h >> 50) % 9),
                  price + 0.2,
                  1 + static_cast<double>((h >> 54) % 9)};
  }
  return rows;
}

[[nodiscard]] inline FactorSet default_factors() {
  return must(FactorSet::default_set(TickSchema::quotes()));
}

/// An engine and the handles of its instruments.
class Market {
 public:
  Market(const std::string& directory, std::uint32_t instruments, EngineOptions options)
      : engine_(must(Engine::open(directory, default_factors(), options))) {
    add_instruments(instruments);
  }
  /// So that there are `count`.
  void add_instruments(std::uint32_t count) {
    while (handles_.size() < count) {
      handles_.push_back(must(engine_->instrument(numbered("I", handles_.size()))));
    }
  }
  [[nodiscard]] Engine& engine() noexcept { return *engine_; }
  void process(const MarketRow& row) {
    if (!engine_->process_tick({handles_[row.instrument], row.time, row.fields})) {
      die("a tick was refused");
    }
  }

 private:
  std::unique_ptr<Engine> engine_;
  std::vector<InstrumentHandle> handles_;
};

}  // namespace factorwal::bench
