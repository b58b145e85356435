// How long does it take to get the last value of every instrument and factor back from a log of
// that many updates? Page cache warm; every checksum is verified. Sync policy: none while reading;
// the log was written in group commits and closed in order.

#include "factorwal/persister.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

struct Table {
  std::vector<double> values = std::vector<double>(std::size_t{kInstruments} * kFactors);
  std::uint64_t count = 0;
  TimestampNs last_timestamp = 0;
};

Table recover(const std::string& directory) {
  Table table;
  auto stream = must(RecordStream::open(directory));
  LogRecord record;
  while (stream.next(record).value()) {
    table.values[std::size_t{record.instrument.index} * kFactors + record.factor.index] =
        record.value;
    table.last_timestamp = std::max(table.last_timestamp, record.timestamp_ns);
    ++table.count;
  }
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters(
      {{"updates", "1000000"}, {"rounds", "5"}, {"seed", "1"}, {"dir", "bench-data"}}, argc, argv);
  const auto updates = parameters.number("updates");
  const auto seed = parameters.number("seed");
  const BenchDir dir(parameters.text("dir"));
  Table expected;
  {
    auto wal = must(WalManager::open(dir.path()));
    FactorWalPersister persister(wal);
    std::vector<InstrumentHandle> instruments;
    std::vector<FactorHandle> factors;
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      instruments.push_back(must(persister.instrument(numbered("SHFE.i", i))));
    }
    for (std::uint32_t f = 0; f < kFactors; ++f) {
      factors.push_back(must(persister.factor(numbered("f", f))));
    }
    for (std::uint64_t i = 0; i < updates; ++i) {
      const auto u = update_at(i, seed);
      expected.values[std::size_t{u.instrument} * kFactors + u.factor] = u.value;
      if (!persister.send_update(instruments[u.instrument], factors[u.factor], u.value,
                                 u.timestamp_ns)) {
        die("a send was refused");
      }
    }
    must(persister.shutdown());
    must(wal->close());
  }
  std::vector<std::int64_t> times;
  std::uint64_t hash = 0;
  for (std::uint64_t round = 0; round < parameters.number("rounds"); ++round) {
    const auto begun = now_ns();
    const auto table = recover(dir.path());
    times.push_back(now_ns() - begun);
    if (table.count != updates || table.values != expected.values) die("recovered wrong values");
    hash = 0;
    for (const double value : table.values) hash = mix(hash ^ std::bit_cast<std::uint64_t>(value));
  }
  const auto p50 = percentile(times, 0.5);
  std::printf(
      "\n%" PRIu64 " updates: p50 %.1f ms, max %.1f ms, %.1f ns an update (open and read)\n",
      updates, static_cast<double>(p50) / 1e6, static_cast<double>(percentile(times, 1)) / 1e6,
      static_cast<double>(p50) / static_cast<double>(updates));
  std::printf("hash of the last values: %016" PRIx64 "\n", hash);
}
