// What does a row of a file cost on its way to a tick, on one core: TickSource::next_batch with all
// its checks, positions and the hash of the rows? feed_parsers.py asks the same of other parsers;
// both count the processor's time of the process, which others on the machine disturb least. path=
// names a file, packed perhaps, or Parquet in a build with the archive; without it one of rows=
// generated rows is read. No log is written.

#include <sys/resource.h>

#include <ctime>
#include <filesystem>

#include "factorwal/feed.h"
#include "factorwal/feed/generator.h"
#ifdef BENCH_OPENS_TABLES
#include "factorwal/table_source.h"
#endif
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Pass {
  double seconds = 0;
  std::uint64_t rows = 0;
  std::uint64_t hash = 0;
};

Pass read_all(const std::string& path, const feed::FeedOptions& options) {
  Pass pass;
  const double begun = processor_seconds();
  auto source = must(feed::TickSource::open({path}, options));
  feed::TickBatch batch;
  feed::FeedStep step = feed::FeedStep::kRow;
  while ((step = source->next_batch(batch)) == feed::FeedStep::kRow) {
    pass.rows += batch.size();
    for (const double value : batch.values) {
      pass.hash = 31 * pass.hash + std::bit_cast<std::uint64_t>(value);
    }
    for (const TimestampNs time : batch.times_ns) {
      pass.hash = 31 * pass.hash + static_cast<std::uint64_t>(time);
    }
  }
  if (step == feed::FeedStep::kFailed) die(source->error().message);
  pass.seconds = processor_seconds() - begun;
  return pass;
}

std::string generated(const BenchDir& dir, std::uint64_t rows) {
  std::string path = dir.path() + "/ticks.csv";
  std::filesystem::create_directories(dir.path());
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) die(path + " cannot be written");
  feed::GeneratorOptions options;
  options.row_count = rows;
  options.instrument_count = 50;
  must(feed::write_csv(file, options));
  std::fclose(file);
  return path;
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters(
      {{"path", ""}, {"rows", "1000000"}, {"rounds", "5"}, {"dir", "bench-data"}}, argc, argv);
  const BenchDir dir(parameters.text("dir"));
  std::string path = parameters.text("path");
  if (path.empty()) path = generated(dir, parameters.number("rows"));
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  feed::FeedOptions options;
#ifdef BENCH_OPENS_TABLES
  options.open_table = open_table;
#endif
  std::vector<double> seconds;
  Pass pass;
  for (std::uint64_t round = 0; round < parameters.number("rounds"); ++round) {
    pass = read_all(path, options);
    seconds.push_back(pass.seconds);
  }
  const double best = *std::min_element(seconds.begin(), seconds.end());
  std::printf("%-14s %7.3f s best, %7.3f s median, %6.0f MB/s, %6.0f ns a row, %" PRIu64
              " rows, hash %016" PRIx64 ", at most %.1f MB of memory\n",
              "factorwal", best, median(seconds), bytes / best / 1e6,
              best * 1e9 / static_cast<double>(pass.rows), pass.rows, pass.hash, peak_mb());
  return 0;
}
