// What does a question cost of which the rows lie in the archive? One instrument's hour, its day,
// and a thousandth of all, of a data directory with an archive: median and extremes of rounds in
// one process, files cached, each with its own open. archive_query.py asks other readers the same.

#include "factorwal/archive.h"
#include "factorwal/engine.h"
#include "factorwal/full_history.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

constexpr TimestampNs kFirstNs = TimestampNs{20'400} * 86'400'000'000'000;
constexpr TimestampNs kHourNs = TimestampNs{3600} * 1'000'000'000;

void measure(const char* name, const std::string& directory, const HistoryQuery& query,
             std::size_t rounds) {
  std::vector<std::int64_t> times;
  std::size_t rows = 0;
  std::size_t columns = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto begun = now_ns();
    auto history = must(FullHistory::open(directory, query));
    rows = 0;
    ColumnBatch batch;
    while (history.next(batch)) {
      rows += batch.row_count();
      columns = batch.columns.size();
    }
    must(history.status());
    times.push_back(now_ns() - begun);
  }
  std::sort(times.begin(), times.end());
  std::printf("factorwal %-28s %8zu rows x %2zu  %8.2f ms (%.2f to %.2f)\n", name, rows, columns,
              static_cast<double>(times[times.size() / 2]) / 1e6,
              static_cast<double>(times.front()) / 1e6, static_cast<double>(times.back()) / 1e6);
}

/// Two hours of one instrument, where no directory is given.
void write_archive(const std::string& directory) {
  auto engine = must(Engine::open(directory, must(FactorSet::default_set(TickSchema::quotes()))));
  const auto instrument = must(engine->instrument("A"));
  for (int i = 0; i < 7200; ++i) {
    const double price = 100 + i % 7;
    const std::vector<double> fields{price, 1, price, 10, price - 1, 2, price + 1, 3};
    (void)engine->process_tick({instrument, kFirstNs + i * (kHourNs / 3600), fields});
  }
  must(engine->close());
  (void)must(must(Archiver::open(directory)).archive_once());
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"data", ""},
                               {"instrument", "A"},
                               {"from", std::to_string(kFirstNs)},
                               {"rounds", "21"},
                               {"dir", "bench-full-history.tmp"}},
                              argc, argv);
  const BenchDir dir(parameters.text("dir"));
  auto directory = parameters.text("data");
  if (directory.empty()) write_archive(directory = dir.path() + "/data");
  const auto rounds = static_cast<std::size_t>(parameters.number("rounds"));
  HistoryQuery query;
  query.instruments = {parameters.text("instrument")};
  query.inputs = std::vector<std::string>{};
  query.from = static_cast<TimestampNs>(parameters.number("from"));
  query.to = *query.from + kHourNs;
  measure("one instrument's hour", directory, query, rounds);
  query.to = *query.from + 24 * kHourNs;
  measure("one instrument's day", directory, query, rounds);
  query.factors = std::vector<std::string>{"rsi14"};
  measure("one factor of that", directory, query, rounds);
  return 0;
}
