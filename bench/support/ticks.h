#pragma once
/// Ticks of 8 fields for an engine with the 20 default factors.

#include <array>
#include <span>
#include <thread>

#include "factorwal/engine.h"
#include "support.h"

namespace factorwal::bench {

struct MarketRow {
  std::uint32_t instrument = 0;
  TimestampNs time = 0;
  std::array<double, 8> fields{};
};

/// Of which instrument each row is.
enum class RowOrder { kRandom, kInTurn };

/// Walks on a grid of 0.2.
[[nodiscard]] inline std::vector<MarketRow> make_market(std::uint64_t count,
                                                        std::uint32_t instruments,
                                                        RowOrder order = RowOrder::kRandom) {
  std::vector<double> prices(instruments, 5000);
  std::vector<MarketRow> rows(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto h = mix(i * 1'000'003 + 1);
    auto& row = rows[i];
    row.instrument = static_cast<std::uint32_t>((order == RowOrder::kInTurn ? i : h) % instruments);
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
  Market(const std::string& directory, std::uint32_t instruments, EngineOptions options,
         FactorSet factors = default_factors())
      : engine_(must(Engine::open(directory, std::move(factors), options))) {
    add_instruments(instruments);
  }
  /// So that there are `count`.
  void add_instruments(std::uint32_t count) {
    while (handles_.size() < count) {
      handles_.push_back(must(engine_->instrument(numbered("I", handles_.size()))));
    }
  }
  [[nodiscard]] Engine& engine() noexcept { return *engine_; }
  /// Views into `row`.
  [[nodiscard]] Tick tick_of(const MarketRow& row) const {
    return {handles_[row.instrument], row.time, row.fields};
  }
  void process(const MarketRow& row) {
    if (!engine_->process_tick(tick_of(row))) die("a tick was refused");
  }
  void flush() { must(engine_->flush(std::chrono::minutes(5))); }

 private:
  std::unique_ptr<Engine> engine_;
  std::vector<InstrumentHandle> handles_;
};

/// What each tick cost its caller, the clock included: as fast as they go, or 64 at once and so
/// many `per_second`.
[[nodiscard]] inline std::vector<std::int64_t> times_of(Market& market,
                                                        std::span<const MarketRow> rows,
                                                        std::uint64_t per_second = 0) {
  constexpr std::size_t kTicksAtOnce = 64;
  std::vector<std::int64_t> times(rows.size());
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (per_second != 0 && i % kTicksAtOnce == 0) {
      std::this_thread::sleep_until(begun +
                                    std::chrono::nanoseconds(i * 1'000'000'000 / per_second));
    }
    const auto before = now_ns();
    market.process(rows[i]);
    times[i] = now_ns() - before;
  }
  return times;
}

}  // namespace factorwal::bench
