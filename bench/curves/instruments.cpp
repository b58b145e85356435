// What does a tick of 20 factors cost its caller, and how much memory does an instrument take, with
// so many instruments in turn? Snapshots go on as they do by default; the channel is one in which
// no tick waits. Each point has a process of its own, for its memory.

#include <limits>

#include "curves/curve.h"
#include "support/child.h"
#include "support/resident.h"
#include "support/ticks.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kTicksToFill = 64;       // the longest window has 60
constexpr std::uint64_t kWarmUp = 100'000;       // so that buffers are as large as they get
constexpr std::uint32_t kInstrumentsMin = 1000;  // fewer take less than other buffers change

/// Rows of instruments in turn, as often as needed: each pass at later times.
class Passes {
 public:
  Passes(std::uint64_t count, std::uint32_t instruments)
      : rows_(make_market((count + instruments - 1) / instruments * instruments, instruments,
                          RowOrder::kInTurn)) {}
  /// The rows of a pass that no other call gave.
  std::span<const MarketRow> next() {
    for (auto& row : rows_) row.time += kPass;
    return rows_;
  }

 private:
  static constexpr TimestampNs kPass = 1'000'000'000'000;
  std::vector<MarketRow> rows_;
};

class InstrumentsCurve final : public CurveMeasurement {
 public:
  explicit InstrumentsCurve(const Reach& reach)
      : CurveMeasurement(
            {"instruments",
             "instruments",
             {"process_tick_p50_ns", "process_tick_p99_ns", "process_ticks_ns", "memory_bytes"}}),
        reach_(reach) {}

  void round() override {
    for (const auto count : ladder(1, reach_.instruments_max)) {
      const auto figures = in_child<4>([&] { return measure(static_cast<std::uint32_t>(count)); });
      curve_.add(count, {figures.begin(), figures.end()});
    }
  }

 private:
  std::array<double, 4> measure(std::uint32_t instruments) const {
    const BenchDir dir(reach_.dir);
    Passes passes(reach_.ticks, instruments);
    Passes of_one(std::min(reach_.ticks, kWarmUp), 1);
    EngineOptions options;
    options.snapshot_every = reach_.snapshot_every;
    options.persist.channel_bytes = std::size_t{64} << 20;
    Market market(dir.path(), 1, options);
    process(market, of_one.next());
    const auto before = resident_bytes();
    market.add_instruments(instruments);
    for (std::uint64_t filled = 0; filled < kTicksToFill * instruments;) {
      const auto rows = passes.next();
      process(market, rows);
      filled += rows.size();
    }
    const auto taken = resident_bytes() - before;
    auto times = times_of(market, passes.next());
    market.flush();
    const auto together = ns_together(market, passes.next());
    must(market.engine().close());
    return {static_cast<double>(percentile(times, 0.5)),
            static_cast<double>(percentile(times, 0.99)), together,
            instruments < kInstrumentsMin ? std::numeric_limits<double>::quiet_NaN()
                                          : taken / (instruments - 1)};
  }
  static void process(Market& market, std::span<const MarketRow> rows) {
    for (const auto& row : rows) market.process(row);
    market.flush();
  }
  /// The time of a tick, in pieces as a busy feed hands them over; the median, which no stop of the
  /// thread moves.
  static double ns_together(Market& market, std::span<const MarketRow> rows) {
    constexpr std::size_t kTicksAtOnce = 256;
    std::vector<Tick> ticks;
    ticks.reserve(rows.size());
    for (const auto& row : rows) ticks.push_back(market.tick_of(row));
    std::vector<std::int64_t> times;
    for (auto rest = std::span<const Tick>(ticks); rest.size() >= kTicksAtOnce;
         rest = rest.subspan(kTicksAtOnce)) {
      const auto begun = now_ns();
      if (!market.engine().process_ticks(rest.first(kTicksAtOnce)).accepted()) {
        die("a tick was refused");
      }
      times.push_back(now_ns() - begun);
    }
    return static_cast<double>(percentile(times, 0.5)) / kTicksAtOnce;
  }

  const Reach& reach_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_instruments_curve(const Reach& reach) {
  return std::make_unique<InstrumentsCurve>(reach);
}

}  // namespace factorwal::bench
