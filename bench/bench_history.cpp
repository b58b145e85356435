// How fast does a log's history come back as columns: all of it, one instrument of many, and one
// hundredth of its time? Page cache warm, one thread, each question with an open of its own. Times
// are the thread's CPU time, so that a busy machine says the same, and the wall clock's beside it.
// Sync policy: none while reading; the log was written in group commits and closed in order.

#include <bit>
#include <ctime>
#include <filesystem>

#include "factorwal/history.h"
#include "support/ticks.h"
#include "wal/reading/index_builder.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

double cpu_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Answer {
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  std::uint64_t hash = 0;
  double cpu = 0;   ///< milliseconds, with the open
  double open = 0;  ///< of that, the open
  double wall = 0;
};

/// `hash`: so that nobody skips work; outside the time taken.
Answer ask(const std::string& directory, const HistoryQuery& query, ColumnBatch& batch,
           bool with_hash) {
  Answer answer;
  const auto begun = now_ns();
  const auto cpu_begun = cpu_milliseconds();
  auto history = must(History::open(directory, query));
  answer.open = cpu_milliseconds() - cpu_begun;
  while (history.next(batch)) {
    answer.rows += batch.row_count();
    answer.values += batch.row_count() * batch.columns.size();
    if (!with_hash) continue;
    for (const auto& column : batch.columns) {
      for (const auto value : column.values) {
        answer.hash = mix(answer.hash ^ std::bit_cast<std::uint64_t>(value));
      }
    }
  }
  must(history.status());
  if (!history.findings().empty()) die("the log does not hold");
  answer.cpu = cpu_milliseconds() - cpu_begun;
  answer.wall = static_cast<double>(now_ns() - begun) / 1e6;
  return answer;
}

void measure(const char* name, const std::string& directory, const HistoryQuery& query,
             std::uint64_t rounds) {
  ColumnBatch batch;
  const auto first = ask(directory, query, batch, true);
  std::vector<Answer> answers;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    answers.push_back(ask(directory, query, batch, false));
    if (answers.back().rows != first.rows) die("two answers differ");
  }
  const auto middle = [&](double Answer::*part) {
    std::ranges::sort(answers, {}, part);
    return answers[answers.size() / 2].*part;
  };
  std::printf(
      "%-32s rows %7llu x %2zu  cpu p50 %8.3f ms (open %.3f ms)  wall p50 %8.3f ms  "
      "%6.1f M values/s  hash %016llx\n",
      name, static_cast<unsigned long long>(first.rows), batch.columns.size(), middle(&Answer::cpu),
      middle(&Answer::open), middle(&Answer::wall),
      static_cast<double>(first.values) / middle(&Answer::cpu) / 1e3,
      static_cast<unsigned long long>(first.hash));
}

/// What the index of the longest sealed segment takes, and how long it takes to make and to ask.
void measure_index(const std::string& directory, std::uint32_t instruments) {
  const auto view = must(wal::open_log_view(posix_file_system(), directory));
  std::size_t longest = 0;
  for (std::size_t i = 1; i < view.segments.size(); ++i) {
    if (view.segments[i].end > view.segments[longest].end) longest = i;
  }
  const auto& segment = view.segments[longest];
  const auto begun = cpu_milliseconds();
  const auto index = must(wal::build_index(posix_file_system(), view, longest));
  const auto built = cpu_milliseconds() - begun;
  if (!index) {
    std::printf("index: none, %.1f MB are looked through\n",
                static_cast<double>(segment.end) / 1e6);
    return;
  }
  std::vector<std::int64_t> times;
  std::size_t found = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto instrument = static_cast<std::uint32_t>(mix(i) % instruments);
    const auto& at = index->groups[mix(i + 1) % index->groups.size()];
    const auto asked = now_ns();
    for (const auto& group : index->groups) {
      found += group.last_time >= at.first_time && group.first_time <= at.last_time &&
                       group.has(instrument)
                   ? 1
                   : 0;
    }
    times.push_back(now_ns() - asked);
  }
  std::ranges::sort(times);
  std::printf(
      "index: %zu groups, %zu bytes (%.4f %% of %.1f MB), built in %.1f ms; "
      "lookup p50 %lld ns p99 %lld ns, found %zu; there: %s\n",
      index->groups.size(), wal::encode_index(*index).size(),
      100.0 * static_cast<double>(wal::encode_index(*index).size()) /
          static_cast<double>(segment.end),
      static_cast<double>(segment.end) / 1e6, built,
      static_cast<long long>(times[times.size() / 2]),
      static_cast<long long>(times[times.size() * 99 / 100]), found,
      wal::load_index(posix_file_system(), view, longest) ? "yes" : "no");
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "1000000"},
                               {"instruments", "64"},
                               {"batch", "0"},
                               {"in_turn", "0"},
                               {"rounds", "21"},
                               {"only", ""},
                               {"dir", "bench-data"}},
                              argc, argv);
  const auto ticks = parameters.number("ticks");
  const auto instruments = static_cast<std::uint32_t>(parameters.number("instruments"));
  const auto rounds = parameters.number("rounds");
  const auto batch = parameters.number("batch");
  const BenchDir dir(parameters.text("dir"));
  const auto rows =
      make_market(ticks, instruments,
                  parameters.number("in_turn") != 0 ? RowOrder::kInTurn : RowOrder::kRandom);
  {
    Market market(dir.path(), instruments, EngineOptions{});
    for (std::uint64_t i = 0; i < ticks; ++i) {
      market.process(rows[i]);
      if (batch != 0 && i % batch == batch - 1) market.flush();  // a frame each, at most
    }
    must(market.engine().close());
  }
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    if (file.path().extension() == ".seg") bytes += file.file_size();
  }
  std::printf("segments: %.1f MB\n", static_cast<double>(bytes) / 1e6);

  measure_index(dir.path(), instruments);

  const auto measure = [&](const char* name, const HistoryQuery& query, std::uint64_t times) {
    const auto& only = parameters.text("only");  // for a profile
    if (only.empty() || only == name) ::measure(name, dir.path(), query, times);
  };
  HistoryQuery all;
  measure("everything", all, std::max<std::uint64_t>(rounds / 4, 1));
  HistoryQuery one;
  one.instruments = {"I7"};
  one.inputs.emplace();
  measure("one instrument, all factors", one, rounds);
  HistoryQuery bare = one;
  bare.sequences = false;
  measure("the same without sequences", bare, rounds);
  HistoryQuery window = one;
  window.from = rows[ticks / 2].time;
  window.to = rows[ticks / 2 + ticks / 100].time;
  measure("one instrument, 1% of the time", window, rounds);
  window.instruments.clear();
  measure("all instruments, 1% of the time", window, rounds);
  HistoryQuery two = one;
  two.factors = {default_factors().names().front(), default_factors().names().back()};
  measure("one instrument, two factors", two, rounds);
  HistoryQuery late = all;
  late.first_sequence = ticks - ticks / 100;
  measure("the last 1%, by sequence", late, rounds);
  return 0;
}
