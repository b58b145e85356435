// What does a tick cost its caller? At full speed, with snapshots as they are by default; and, at a
// steady pace, while a snapshot follows the other and segments are full again and again. The clock
// is part of each time.

#include "support/ticks.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::size_t kChannelBytes = std::size_t{64} << 20;
constexpr std::uint64_t kPacePerSecond = 200'000;

class TickTimes final : public Measurement {
 public:
  TickTimes(Table& table, const Scale& scale)
      : scale_(scale),
        one_(table.at_most("process_tick, 20 factors, logged, p50: 1 instrument", "ns", 130)),
        many_(table.at_most("process_tick, 20 factors, logged, p50: " +
                                std::to_string(scale.instruments) + " instruments",
                            "ns", 220)),
        tail_(table.at_most("its p99.9 while snapshots and rotation go on", "us", 10)),
        rows_of_one_(make_market(scale.ticks, 1)),
        rows_of_many_(make_market(scale.ticks, scale.instruments)) {
    tail_.note(
        "no archive yet; 200,000 ticks a second, a snapshot after the other, segments of 1 MiB");
  }

  void round() override {
    one_.add(static_cast<double>(percentile_of(rows_of_one_, 1, 0.5)));
    many_.add(static_cast<double>(percentile_of(rows_of_many_, scale_.instruments, 0.5)));
    tail_.add(static_cast<double>(disturbed()) / 1e3);
  }

 private:
  std::int64_t percentile_of(const std::vector<MarketRow>& rows, std::uint32_t instruments,
                             double share) {
    const BenchDir dir(scale_.dir);
    EngineOptions options;
    options.persist.channel_bytes = kChannelBytes;
    Market market(dir.path(), instruments, options);
    auto times = times_until_closed(market, rows, 0);
    return percentile(times, share);
  }
  std::int64_t disturbed() {
    const BenchDir dir(scale_.dir);
    EngineOptions options;
    options.snapshot_every = scale_.instruments;
    options.log.segment_bytes = std::uint64_t{1} << 20;
    Market market(dir.path(), scale_.instruments, options);
    auto times = times_until_closed(market, rows_of_many_, kPacePerSecond);
    return percentile(times, 0.999);
  }
  static std::vector<std::int64_t> times_until_closed(Market& market,
                                                      const std::vector<MarketRow>& rows,
                                                      std::uint64_t per_second) {
    auto times = times_of(market, rows, per_second);
    market.flush();
    must(market.engine().close());
    return times;
  }

  const Scale& scale_;
  Row& one_;
  Row& many_;
  Row& tail_;
  std::vector<MarketRow> rows_of_one_;
  std::vector<MarketRow> rows_of_many_;
};

}  // namespace

std::unique_ptr<Measurement> make_tick_times(Table& table, const Scale& scale) {
  return std::make_unique<TickTimes>(table, scale);
}

}  // namespace factorwal::bench
