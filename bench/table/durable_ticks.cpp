// How many ticks a second become durable, as a share of raw rows that hold the same values?

#include <cmath>

#include "support/raw_store.h"
#include "support/ticks.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::uint32_t kInstruments = 100;
constexpr std::size_t kRawRowBytes = 176;  // a time, an instrument, 20 values

class DurableTicks final : public Measurement {
 public:
  DurableTicks(Table& table, const Scale& scale)
      : scale_(scale),
        ratio_(table.at_least("durable ticks of 20 factors, natural batches", "x raw rows of 176 B",
                              0.35)),
        rows_(make_market(scale.ticks, kInstruments)) {}

  void round() override {
    const auto raw = raw_rate();
    const auto ticks = tick_rate();
    ratio_.add(ticks / raw);
    rates_.push_back(ticks);
    ratio_.note(std::to_string(std::llround(median(rates_))) + " ticks a second");
  }

 private:
  double raw_rate() {
    const BenchDir dir(scale_.dir);
    RawStore raw(dir.path(), kRawRowBytes, rows_.size());
    std::array<char, kRawRowBytes> record{};
    const auto begun = now_ns();
    for (const auto& row : rows_) {
      std::memcpy(record.data(), &row, sizeof row);
      raw.send(record.data());
    }
    raw.finish();
    return static_cast<double>(rows_.size()) * 1e9 / static_cast<double>(now_ns() - begun);
  }
  double tick_rate() {
    const BenchDir dir(scale_.dir);
    Market market(dir.path(), kInstruments, {});
    const auto begun = now_ns();
    for (const auto& row : rows_) market.process(row);
    market.flush();
    const auto took = now_ns() - begun;
    must(market.engine().close());
    return static_cast<double>(rows_.size()) * 1e9 / static_cast<double>(took);
  }

  const Scale& scale_;
  Row& ratio_;
  std::vector<MarketRow> rows_;
  std::vector<double> rates_;
};

}  // namespace

std::unique_ptr<Measurement> make_durable_ticks(Table& table, const Scale& scale) {
  return std::make_unique<DurableTicks>(table, scale);
}

}  // namespace factorwal::bench
