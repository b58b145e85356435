// What does a question cost of which the rows lie in the archive? One instrument's hour, its day,
// and a thousandth of all, of a data directory with an archive: median and extremes of rounds in
// one process, files cached, each with its own open. archive_query.py asks other readers the same.

#include "factorwal/full_history.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

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

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"data", ""}, {"instrument", ""}, {"from", "0"}, {"rounds", "21"}},
                              argc, argv);
  const auto directory = parameters.text("data");
  if (directory.empty()) return 0;  // nothing to ask: scripts/bench_archive gives a directory
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
