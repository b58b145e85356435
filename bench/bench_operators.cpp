// What does one tick cost to compute, without the log? Single operators through the program, and a
// bundle of 20 factors (that of the shared operator bench): on one instrument, on many in turn and
// in shuffled order, one by one and with the state of the next ones fetched ahead. A window's cost
// must not grow with it.

#include "graph/instrument_graph.h"
#include "support.h"

#include <time.h>

#include <memory>

namespace {

using namespace factorwal;
using namespace factorwal::bench;

constexpr std::string_view kBundle =
    "factor a0 = ts_mean(close, 5)\nfactor a1 = ts_mean(close, 10)\n"
    "factor a2 = ts_mean(close, 20)\nfactor a3 = ts_mean(close, 60)\n"
    "factor a4 = ts_mean(close, 250)\nfactor b0 = ema(close, 12)\nfactor b1 = ema(close, 26)\n"
    "factor b2 = ema(close, 60)\nfactor c0 = ts_std(close, 10, ddof=0)\n"
    "factor c1 = ts_std(close, 20, ddof=0)\nfactor c2 = ts_std(close, 60, ddof=0)\n"
    "factor d0 = ts_corr(close, volume, 20)\nfactor d1 = ts_corr(close, volume, 60)\n"
    "factor e = rsi(close, 14)\nfactor (_, m) = macd(close, 12, 26, 9)\n"
    "factor (u) = bbands(close, 20, 2)\nfactor g = atr(high, low, close, 14)\n"
    "factor h = ts_min(close, 20)\nfactor i = ts_max(close, 20)\nfactor j = delta(close, 10)\n";

struct Row {
  double fields[4];
};

std::vector<Row> make_rows(std::size_t count, std::uint64_t seed) {
  std::vector<Row> rows;
  std::int64_t tenths = 52'342;  // of a price on a grid of 0.2, as its decimals are parsed
  for (std::size_t i = 0; i < count; ++i) {
    const auto h = mix(i * 1'000'003 + seed);
    tenths += 2 * (static_cast<std::int64_t>(h % 5) - 2);
    const auto price = static_cast<double>(tenths) / 10;
    rows.push_back({{price, static_cast<double>((h >> 40) % 50), price + 0.2, price - 0.2}});
  }
  return rows;
}

std::int64_t cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

enum class Order { kInTurn, kShuffled };

struct Run {
  std::size_t instruments = 1;
  Order order = Order::kInTurn;
  bool ahead = false;
};

class Measurement {
 public:
  /// `only`: the beginning of the names that are measured.
  Measurement(std::uint64_t ticks, std::uint64_t rounds, std::uint64_t seed, std::string only)
      : ticks_(ticks), rounds_(rounds), rows_(make_rows(28'000, seed)), only_(std::move(only)) {}

  void measure(const std::string& name, std::string_view text, const Run& run) {
    if (!name.starts_with(only_)) return;
    const auto schema = must(TickSchema::make({"close", "volume", "high", "low"}));
    const auto set = must(FactorSet::parse(text, schema));
    std::vector<std::unique_ptr<graph::InstrumentGraph>> graphs;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < run.instruments; ++i) {
      graphs.push_back(std::make_unique<graph::InstrumentGraph>(set.plan()));
      order.push_back(i);
    }
    if (run.order == Order::kShuffled) {
      for (std::size_t i = order.size() - 1; i > 0; --i)
        std::swap(order[i], order[mix(i) % (i + 1)]);
    }
    std::vector<double> values(set.size());
    std::vector<std::int64_t> taken;
    std::uint64_t hash = 0;
    const auto sweeps = std::max<std::size_t>(1, ticks_ / run.instruments);
    for (std::uint64_t round = 0; round <= rounds_; ++round) {  // the first warms up
      const auto begun = cpu_ns();
      for (std::size_t sweep = 0; sweep < sweeps; ++sweep) {
        const auto& row = rows_[(round * sweeps + sweep) % rows_.size()];
        for (std::size_t k = 0; k < order.size(); ++k) {
          if (run.ahead) {
            graph::fetch_ahead([&](std::size_t ahead) {
              return k + ahead < order.size() ? graphs[order[k + ahead]].get() : nullptr;
            });
          }
          graphs[order[k]]->evaluate(row.fields, values);
        }
      }
      if (round > 0) taken.push_back(cpu_ns() - begun);
      for (const double value : values) hash = mix(hash ^ std::bit_cast<std::uint64_t>(value));
    }
    const auto ticks = static_cast<double>(sweeps * run.instruments);
    std::size_t state_bytes = 0;
    for (const auto& state : set.plan()->states()) state_bytes += state.state_bytes;
    std::printf("%-34s %8.2f ns a tick (min %.2f)  state %7zu B, block %7zu B  hash %016" PRIx64
                "\n",
                name.c_str(), static_cast<double>(percentile(taken, 0.5)) / ticks,
                static_cast<double>(percentile(taken, 0)) / ticks, state_bytes,
                set.plan()->fresh_block().size(), hash);
  }

 private:
  const std::uint64_t ticks_;
  const std::uint64_t rounds_;
  const std::vector<Row> rows_;
  const std::string only_;
};

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "2000000"},
                               {"rounds", "5"},
                               {"many", "4000"},
                               {"very_many", "50000"},
                               {"seed", "1"},
                               {"only", ""},
                               {"dir", "bench-data"}},
                              argc, argv);
  Measurement measurement(parameters.number("ticks"), parameters.number("rounds"),
                          parameters.number("seed"), parameters.text("only"));
  const auto many = parameters.number("many");
  const auto very_many = parameters.number("very_many");
  measurement.measure("a field, nothing computed", "factor a = close\n", {});
  for (const std::string window : {"20", "250", "10000"}) {
    for (const std::string name : {"ts_mean", "ts_std", "ts_min"}) {
      measurement.measure(name + " " + window, "factor a = " + name + "(close, " + window + ")\n",
                          {});
    }
    measurement.measure("ts_corr " + window, "factor a = ts_corr(close, volume, " + window + ")\n",
                        {});
  }
  measurement.measure("ema 20", "factor a = ema(close, 20)\n", {});
  measurement.measure("rsi 14", "factor a = rsi(close, 14)\n", {});
  measurement.measure("macd", "factor (_, a) = macd(close, 12, 26, 9)\n", {});
  measurement.measure("atr 14", "factor a = atr(high, low, close, 14)\n", {});
  measurement.measure("ts_std of log returns, wide tier",
                      "factor a = ts_std(log_return(close, 1), 20)\n", {});
  measurement.measure("bundle, 1 instrument", kBundle, {});
  measurement.measure("bundle, many in turn", kBundle, {many, Order::kInTurn, false});
  measurement.measure("bundle, many shuffled", kBundle, {many, Order::kShuffled, false});
  measurement.measure("bundle, many shuffled, ahead", kBundle, {many, Order::kShuffled, true});
  measurement.measure("bundle, very many shuffled", kBundle, {very_many, Order::kShuffled, false});
  measurement.measure("bundle, very many shuffled, ahead", kBundle,
                      {very_many, Order::kShuffled, true});
}
