// The cost of a tick to a C++ caller, on the rows that another program gives: bench/python asks
// this program and the Python module in turn, on the same rows, and compares. Each line of standard
// input (or of commands=, separated by commas) is `CALL BEGIN COUNT`, with CALL process_tick,
// process_ticks, process_ticks_kept (whose values stay in memory, as those of a table do) or
// process_ticks_positions (one a tick, as those of an Arrow table); the answer is the processor's
// and the clock's nanoseconds of the calling thread. What was accepted is made durable between two
// commands, and counts for neither. `values` prints those of the last tick, in bits.

#include <time.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "support/ticks.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

/// As bench/python/ticks.py writes it.
struct GivenRow {
  std::int64_t instrument;
  std::int64_t time;
  std::array<double, 8> fields;
};
static_assert(sizeof(GivenRow) == 80);

std::vector<MarketRow> read_rows(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) die("cannot read " + path);
  std::vector<MarketRow> rows;
  GivenRow given{};
  while (file.read(reinterpret_cast<char*>(&given), sizeof given)) {
    rows.push_back({static_cast<std::uint32_t>(given.instrument), given.time, given.fields});
  }
  return rows;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

class Calls {
 public:
  Calls(const std::string& directory, FactorSet factors, std::vector<MarketRow> rows)
      : width_(factors.size()),
        rows_(std::move(rows)),
        market_(directory, instruments_in(rows_), EngineOptions(), std::move(factors)) {
    for (const auto& row : rows_) ticks_.push_back(market_.tick_of(row));
    values_.resize(kBatch * width_);
    for (std::size_t i = 0; i < kBatch; ++i) {
      positions_[i].back() = static_cast<std::byte>(i);
      position_spans_.emplace_back(positions_[i]);
    }
  }

  void run(const std::string& call, std::size_t begin, std::size_t count) {
    if (begin + count > ticks_.size()) die("there are " + std::to_string(ticks_.size()) + " rows");
    const auto ticks = std::span<const Tick>(ticks_).subspan(begin, count);
    if (call == "process_ticks_kept") kept_.resize(count * width_);
    const auto wall = now_ns();
    const auto cpu = cpu_ns();
    if (call == "process_tick") {
      process_tick(ticks);
    } else if (call == "process_ticks") {
      process_ticks(ticks, values_, {});
    } else if (call == "process_ticks_kept") {
      process_ticks(ticks, kept_, {});
    } else if (call == "process_ticks_positions") {
      process_ticks(ticks, values_, position_spans_);
    } else {
      die("no call '" + call + "'");
    }
    const auto cpu_taken = cpu_ns() - cpu;
    std::printf("%" PRId64 " %" PRId64 "\n", cpu_taken, now_ns() - wall);
    market_.flush();
  }

  void print_values() const {
    for (std::size_t i = 0; i < width_; ++i) {
      std::printf("%016" PRIx64 "%c", std::bit_cast<std::uint64_t>(values_[i]),
                  i + 1 == width_ ? '\n' : ' ');
    }
  }

 private:
  static constexpr std::size_t kBatch = 256;

  static std::uint32_t instruments_in(std::span<const MarketRow> rows) {
    std::uint32_t most = 0;
    for (const auto& row : rows) most = std::max(most, row.instrument);
    return most + 1;
  }

  void process_tick(std::span<const Tick> ticks) {
    TickResult result;
    for (const auto& tick : ticks) {
      result = market_.engine().process_tick(tick);
      if (!result) die("a tick was refused");
    }
    std::ranges::copy(result.values, values_.begin());
  }

  /// `into` has room for all, or for a batch, whose values the next ones replace.
  void process_ticks(std::span<const Tick> ticks, std::span<double> into,
                     std::span<const std::span<const std::byte>> positions) {
    std::size_t size = 0;
    std::span<double> values;
    for (std::size_t at = 0; at < ticks.size(); at += size) {
      size = std::min(kBatch, ticks.size() - at);
      const auto place = into.size() == ticks.size() * width_ ? at * width_ : 0;
      values = into.subspan(place, size * width_);
      const auto result = market_.engine().process_ticks(
          ticks.subspan(at, size), values, positions.first(positions.empty() ? 0 : size));
      if (!result.accepted()) die("a tick was refused");
    }
    std::ranges::copy(values.last(width_), values_.begin());
  }

  const std::size_t width_;
  const std::vector<MarketRow> rows_;
  Market market_;
  std::vector<Tick> ticks_;
  std::vector<double> values_;
  std::vector<double> kept_;
  std::array<std::array<std::byte, 25>, kBatch> positions_{};
  std::vector<std::span<const std::byte>> position_spans_;
};

void obey(Calls& calls, std::istream& commands, char end) {
  for (std::string line; std::getline(commands, line, end);) {
    std::istringstream words(line);
    std::string call;
    std::size_t begin = 0;
    std::size_t count = 0;
    words >> call;
    if (call == "values") {
      calls.print_values();
    } else if (words >> begin >> count && count > 0) {
      calls.run(call, begin, count);
    } else {
      die("not understood: " + line);
    }
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters(
      {{"factors", ""}, {"rows", ""}, {"ticks", "100000"}, {"commands", ""}, {"dir", "bench-data"}},
      argc, argv);
  const auto& text = parameters.text("factors");
  const auto& path = parameters.text("rows");
  auto factors = text.empty() ? default_factors()
                              : must(FactorSet::parse(read_text(text), TickSchema::quotes()));
  auto rows = path.empty() ? make_market(parameters.number("ticks"), 1) : read_rows(path);
  const BenchDir dir(parameters.text("dir"));
  Calls calls(dir.path(), std::move(factors), std::move(rows));
  std::fflush(stdout);
  std::istringstream commands(parameters.text("commands"));
  if (parameters.text("commands").empty()) {
    obey(calls, std::cin, '\n');
  } else {
    obey(calls, commands, ',');
  }
}
