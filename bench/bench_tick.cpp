// What does one tick cost with the 20 default factors: computed only; through an engine that logs
// every tick and value; and until all of it is durable? Sync policy of the last two: group commit,
// fdatasync per commit. Also: how long does the engine take to open again, with and without
// operator states to start from?

#include "factorwal/engine.h"
#include "graph/instrument_graph.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

constexpr std::size_t kFields = 8;

struct Row {
  std::uint32_t instrument;
  double fields[kFields];
};

std::vector<Row> make_rows(std::uint64_t count, std::uint32_t instruments, std::uint64_t seed) {
  std::vector<double> prices(instruments, 5000);
  std::vector<Row> rows;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto h = mix(i * 1'000'003 + seed);
    const auto which = static_cast<std::uint32_t>(h % instruments);
    auto& price = prices[which];
    price += 0.2 * (static_cast<double>((h >> 32) % 5) - 2);
    const auto volume = static_cast<double>((h >> 40) % 50);
    rows.push_back(
        {which,
         {price, volume, price * volume * 300, 90000 + static_cast<double>((h >> 48) % 9),
          price - 0.2, 1 + static_cast<double>((h >> 50) % 9), price + 0.2,
          1 + static_cast<double>((h >> 54) % 9)}});
  }
  return rows;
}

std::uint64_t hash_of(std::uint64_t hash, std::span<const double> values) {
  for (const double value : values) hash = mix(hash ^ std::bit_cast<std::uint64_t>(value));
  return hash;
}

void print(const char* what, std::int64_t ns, std::uint64_t ticks, std::uint64_t hash) {
  std::printf("%-28s %8.1f ns a tick  %10.0f ticks/s  hash %016" PRIx64 "\n", what,
              static_cast<double>(ns) / static_cast<double>(ticks),
              static_cast<double>(ticks) * 1e9 / static_cast<double>(ns), hash);
}

void compute_only(const FactorSet& factors, const std::vector<Row>& rows,
                  std::uint32_t instruments) {
  std::vector<graph::InstrumentGraph> graphs;
  for (std::uint32_t i = 0; i < instruments; ++i) graphs.emplace_back(factors.plan());
  std::vector<double> values(factors.size());
  // The hash is taken apart, so that it is not part of the time.
  for (const auto& row : rows) graphs[row.instrument].evaluate(row.fields, values);
  const auto begun = now_ns();
  for (const auto& row : rows) graphs[row.instrument].evaluate(row.fields, values);
  const auto taken = now_ns() - begun;
  print("computed", taken, rows.size(), hash_of(0, values));
}

std::unique_ptr<Engine> open(const BenchDir& dir, const FactorSet& factors, std::uint64_t every) {
  EngineOptions options;
  options.snapshot_every = every;
  options.persist.channel_bytes = std::size_t{64} << 20;
  return must(Engine::open(dir.path(), factors, options));
}

void reopen(const char* what, const BenchDir& dir, const FactorSet& factors, std::uint64_t every) {
  const auto begun = now_ns();
  const auto engine = open(dir, factors, every);
  const auto taken = now_ns() - begun;
  std::printf("%-28s %8.1f ms: %" PRIu64 " states loaded, %" PRIu64 " ticks replayed\n", what,
              static_cast<double>(taken) / 1e6, engine->recovery().states_loaded,
              engine->recovery().ticks_replayed);
  must(engine->close());
}

void logged(const FactorSet& factors, const std::vector<Row>& rows, std::uint32_t instruments,
            const std::string& where, std::uint64_t every) {
  const BenchDir dir(where);
  {
    auto engine = open(dir, factors, every);
    std::vector<InstrumentHandle> handles;
    for (std::uint32_t i = 0; i < instruments; ++i) {
      handles.push_back(must(engine->instrument(numbered("I", i))));
    }
    std::vector<std::int64_t> each(rows.size());
    std::uint64_t last_hash = 0;
    const auto begun = now_ns();
    auto before = begun;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto result = engine->process_tick(
          {handles[rows[i].instrument],
           static_cast<TimestampNs>(1'700'000'000'000'000'000 + 1000 * i), rows[i].fields});
      if (!result) die("a tick was refused");
      const auto now = now_ns();
      each[i] = now - before;
      before = now;
      if (i + 1 == rows.size()) last_hash = hash_of(0, result.values);
    }
    const auto accepted = now_ns() - begun;
    must(engine->flush(std::chrono::minutes(5)));
    const auto durable = now_ns() - begun;
    print(every == 0 ? "accepted" : "accepted, with snapshots", accepted, rows.size(), last_hash);
    std::printf("%-28s p50 %.0f ns, p99 %.0f ns, max %.1f us (clock included)\n", "  process_tick",
                static_cast<double>(percentile(each, 0.5)),
                static_cast<double>(percentile(each, 0.99)),
                static_cast<double>(percentile(each, 1)) / 1e3);
    print("  until durable", durable, rows.size(), last_hash);
    const auto stats = engine->persister().stats();
    std::printf("%-28s %.1f bytes a tick, %.2f a factor value, %" PRIu64 " syncs\n", "  log",
                static_cast<double>(stats.bytes_written) / static_cast<double>(rows.size()),
                static_cast<double>(stats.bytes_written) /
                    static_cast<double>(rows.size() * factors.size()),
                stats.syncs);
    must(engine->close());
  }
  reopen("  opened again", dir, factors, every);
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "1000000"},
                               {"instruments", "100"},
                               {"snapshot_every", "200000"},
                               {"seed", "1"},
                               {"dir", "bench-data"}},
                              argc, argv);
  const auto instruments = static_cast<std::uint32_t>(parameters.number("instruments"));
  const auto rows = make_rows(parameters.number("ticks"), instruments, parameters.number("seed"));
  const auto factors = must(FactorSet::default_set(TickSchema::quotes()));
  std::printf("%zu factors\n", factors.size());
  compute_only(factors, rows, instruments);
  logged(factors, rows, instruments, parameters.text("dir"), 0);
  logged(factors, rows, instruments, parameters.text("dir"), parameters.number("snapshot_every"));
}
