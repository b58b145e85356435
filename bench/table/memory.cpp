// How much memory does an engine take that idles, and each instrument of one that works? Resident
// memory of a process of its own, its channel included.

#include "graph/plan.h"
#include "support/child.h"
#include "support/resident.h"
#include "support/ticks.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

class Memory final : public Measurement {
 public:
  Memory(Table& table, const Scale& scale)
      : scale_(scale),
        idle_(table.at_most("memory of an idle engine", "MiB", 8)),
        each_(table.at_most("memory of an instrument, 20 factors", "x its state", 2)) {
    const auto state = default_factors().plan()->fresh_block().size();
    each_.note("state: " + std::to_string(state) + " B");
  }

  void round() override {
    const auto [idle, each] = in_child<2>([&] { return measure(); });
    idle_.add(idle / (1 << 20));
    each_.add(each / static_cast<double>(default_factors().plan()->fresh_block().size()));
  }

 private:
  /// An engine; and each instrument, beside the engine with one that has seen as many ticks.
  std::array<double, 2> measure() const {
    const BenchDir dir(scale_.dir);
    auto rows = make_market(std::uint64_t{scale_.instruments} * 70, scale_.instruments);
    const auto before = resident_bytes();
    Market market(dir.path(), 1, {});
    const auto idle = resident_bytes() - before;
    feed(market, rows, 1);
    const auto with_one = resident_bytes();
    market.add_instruments(scale_.instruments);
    feed(market, rows, scale_.instruments);
    return {idle, (resident_bytes() - with_one) / (scale_.instruments - 1)};
  }
  static void feed(Market& market, std::vector<MarketRow>& rows, std::uint32_t instruments) {
    for (auto& row : rows) {
      auto tick = row;
      tick.instrument %= instruments;
      market.process(tick);
      row.time += kPass;
    }
    market.flush();
  }
  static constexpr TimestampNs kPass = 1'000'000'000'000;

  const Scale& scale_;
  Row& idle_;
  Row& each_;
};

}  // namespace

std::unique_ptr<Measurement> make_memory(Table& table, const Scale& scale) {
  return std::make_unique<Memory>(table, scale);
}

}  // namespace factorwal::bench
