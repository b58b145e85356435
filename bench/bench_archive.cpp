// How fast do rows of a log become Parquet, where does the time go, and how many bytes does a value
// take, beside each encoding alone? Times are of this thread's processor: 1 / them is rows per
// second and core; medians of rounds. `prices` is `grid`, as an exchange has them, or `sums`, whose
// rounding errors make almost every price a new number. `part` keeps a file of the first
// measurement: archive_pyarrow.py writes the same rows with pyarrow's defaults.
// Sync policy: each part is synced and read back, as always.

#include <time.h>

#include <array>

#include "archive/chunk_writer.h"
#include "archive/encoding_choice.h"
#include "archive/sorted_ticks.h"
#include "factorwal/archive.h"
#include "factorwal/engine.h"
#include "factorwal/history.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

constexpr const char* kFactors =
    "factor ma5 = ts_mean(close, 5)\nfactor ma20 = ts_mean(close, 20)\n"
    "factor ma60 = ts_mean(close, 60)\nfactor ema12 = ema(close, 12)\nfactor ema26 = ema(close, "
    "26)\n"
    "factor (dif, dea, hist) = macd(close, 12, 26, 9)\nfactor rsi14 = rsi(close, 14)\n"
    "factor sd20 = ts_std(close, 20)\nfactor sd60 = ts_std(close, 60)\n"
    "factor z20 = (close - ts_mean(close, 20)) / ts_std(close, 20)\n"
    "factor hi20 = ts_max(close, 20)\nfactor lo20 = ts_min(close, 20)\n"
    "factor spread = ask - bid\nfactor mid1 = (ask + bid) / 2\n"
    "factor imb = (bid_volume - ask_volume) / (bid_volume + ask_volume)\n"
    "factor r1 = log_return(close, 1)\nfactor r10 = log_return(close, 10)\n"
    "factor v20 = ts_mean(volume, 20)\n";

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void write_log(const std::string& directory, std::size_t ticks, std::size_t instruments,
               bool sums) {
  EngineOptions options;
  auto engine = must(
      Engine::open(directory, must(FactorSet::parse(kFactors, TickSchema::quotes())), options));
  std::vector<InstrumentHandle> handles;
  for (std::size_t i = 0; i < instruments; ++i)
    handles.push_back(must(engine->instrument("IF" + std::to_string(2400 + i))));
  std::vector<double> steps(instruments, 0);
  std::vector<double> prices(instruments, 4000);
  std::vector<double> volumes(instruments, 0);
  std::uint64_t random = 42;
  const auto pick = [&](std::uint64_t n) {
    random = mix(random + 1);
    return static_cast<double>(random % n);
  };
  for (std::size_t i = 0; i < ticks; ++i) {
    const auto which = static_cast<std::size_t>(pick(instruments));
    const double step = pick(5) - 2;
    steps[which] += step;
    prices[which] += 0.2 * step;
    const auto price_at = [&](double distance) {
      return sums ? prices[which] + 0.2 * distance : (20'000 + steps[which] + distance) / 5;
    };
    const double price = price_at(0);
    volumes[which] += pick(20);
    const std::array<double, 8> fields = {price,
                                          volumes[which],
                                          volumes[which] * price * 300,
                                          100'000 + pick(100),
                                          price_at(-1),
                                          1 + pick(40),
                                          price_at(1),
                                          1 + pick(40)};
    const TimestampNs time = 1'767'571'200'000'000'000 + static_cast<TimestampNs>(i) * 500'000 +
                             static_cast<TimestampNs>(pick(400'000));
    const auto result = engine->process_tick({handles[which], time, fields});
    if (!result.accepted()) die("a tick was refused");
  }
  must(engine->close());
}

struct Times {
  double order = 0;
  double choice = 0;
  double write = 0;
  double verify = 0;
  std::uint64_t bytes = 0;
  [[nodiscard]] double all() const { return order + choice + write + verify; }
};

/// `sorted` keeps its memory, as in an archiver that goes on.
Times write_part(const std::vector<ColumnBatch>& batches, const ArchiveOptions& options,
                 const std::string& path, ColumnBatch& sorted) {
  auto& storage = archive::posix_storage();
  std::vector<archive::TickColumn> columns;
  archive::add_columns(columns, batches[0]);
  const auto schema = archive::make_part_schema(DataSet::kTicks, columns);
  const auto begun = cpu_seconds();
  auto order = archive::order_rows(batches, {});
  archive::sort_ticks(schema, batches, order, sorted);
  const archive::RowSource source(schema, {&sorted, 1});
  const auto ordered = cpu_seconds();
  const auto encodings =
      must(archive::choose_encodings(schema, archive::sample_rows(schema, source, order), options));
  const auto chosen = cpu_seconds();
  archive::PartMetadata metadata;
  metadata.columns = columns;
  auto writer = must(
      archive::PartWriter::create(storage, path, schema, encodings, options.compression, metadata));
  const std::span<const archive::Place> places(order.places);
  for (const auto& run : order.runs)
    must(writer->append(source, run.instrument, places.subspan(run.begin, run.end - run.begin)));
  const auto written = cpu_seconds();
  const auto summary = must(writer->finish());
  return {ordered - begun, chosen - ordered, written - chosen, cpu_seconds() - written,
          summary.bytes};
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "1000000"},
                               {"instruments", "64"},
                               {"prices", "grid"},
                               {"rounds", "3"},
                               {"only", ""},
                               {"part", ""},
                               {"dir", "bench-archive.tmp"}},
                              argc, argv);
  const BenchDir dir(parameters.text("dir"));
  const auto directory = dir.path() + "/data";
  const auto ticks = static_cast<std::size_t>(parameters.number("ticks"));
  const auto& prices = parameters.text("prices");
  if (prices != "grid" && prices != "sums") die("prices is grid or sums");
  write_log(directory, ticks, static_cast<std::size_t>(parameters.number("instruments")),
            prices == "sums");

  const auto begun = cpu_seconds();
  std::vector<ColumnBatch> batches;
  auto history = must(History::open(directory));
  for (ColumnBatch batch; history.next(batch); batch = {}) batches.push_back(std::move(batch));
  must(history.status());
  const auto read = cpu_seconds() - begun;
  const auto rows = static_cast<double>(ticks);
  const auto values = rows * static_cast<double>(batches[0].columns.size());
  std::printf("read from the log        %6.2f s\n", read);

  const auto path = dir.path() + "/part.parquet";
  ColumnBatch sorted;
  const auto measure = [&](const char* name, const ArchiveOptions& options) {
    const auto& only = parameters.text("only");  // for a profile
    if (!only.empty() && only != name) return;
    std::vector<Times> rounds;
    for (std::uint64_t i = 0; i < parameters.number("rounds"); ++i)
      rounds.push_back(write_part(batches, options, path, sorted));
    std::ranges::sort(rounds, {}, &Times::all);
    const auto& times = rounds[rounds.size() / 2];
    std::printf(
        "%-24s %6.2f s: order %.2f choice %.2f write %.2f verify %.2f; %5.2f M rows/s, "
        "with the log %5.2f; %.3f bytes a value\n",
        name, times.all(), times.order, times.choice, times.write, times.verify,
        rows / times.all() / 1e6, rows / (times.all() + read) / 1e6,
        static_cast<double>(times.bytes) / values);
  };
  ArchiveOptions options;
  measure("balanced", options);
  if (!parameters.text("part").empty()) {
    std::filesystem::copy_file(path, parameters.text("part"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  options.compression = CompressionStrategy::fast();
  measure("fast", options);
  options.compression = CompressionStrategy::compact();
  measure("compact", options);
  options.compression = CompressionStrategy::balanced();
  for (const auto& [name, encoding] :
       {std::pair{"plain alone", ColumnEncoding::kPlain},
        std::pair{"dictionary alone", ColumnEncoding::kDictionary},
        std::pair{"byte stream split alone", ColumnEncoding::kByteStreamSplit}}) {
    options.encoding = encoding;
    measure(name, options);
  }
  options.encoding = ColumnEncoding::kDictionary;
  const Compression snappy{Codec::kSnappy, 0};
  options.compression = {snappy, snappy, snappy, snappy};
  measure("dictionary, snappy", options);

  batches.clear();
  options = {};
  options.archive_directory = dir.path() + "/archive";
  auto archiver = must(Archiver::open(directory, options));
  const auto started = cpu_seconds();
  const auto report = must(archiver.archive_once());
  const auto took = cpu_seconds() - started;
  std::printf("the archiver, all of it  %6.2f s: %.2f M rows/s, %.3f bytes a value\n", took,
              static_cast<double>(report.rows) / took / 1e6,
              static_cast<double>(report.bytes) / values);
  return 0;
}
