// The two processes that an archive has, each to be killed at any moment:
//
//   archive_child write DIRECTORY LAST SEED     an engine over events that are functions of their
//                                               number, until event LAST; it goes on behind the
//                                               last one that the log has
//   archive_child archive DIRECTORY SEED        archives again and again
//   archive_child archive DIRECTORY SEED once   archives what is there
//
// SEED chooses segments, snapshots and channel of a writer, parts and compactions of an archiver. A
// writer with SEED 0 keeps all of its log.

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "crash/child.h"
#include "factorwal/archive.h"
#include "factorwal/engine.h"

using namespace factorwal;

namespace {

using test::fail;

constexpr std::uint64_t kEventsOfDay = 10'000;
constexpr TimestampNs kStepNs = 86'400'000'000'000 / kEventsOfDay;
constexpr TimestampNs kFirstTime = TimestampNs{20'400} * 86'400'000'000'000;
const double kMissing = std::nan("");

EngineOptions writer_options(std::uint64_t seed) {
  EngineOptions options;
  if (seed == 0) return options;
  std::mt19937_64 random(seed);
  options.log.segment_bytes = std::uint64_t{64 << 10} << (random() % 2);
  options.log.keep_bytes = std::uint64_t{128} << 10;
  options.snapshot_every = 200 + random() % 800;
  options.persist.channel = random() % 2 == 0 ? ChannelKind::kShm : ChannelKind::kFile;
  options.persist.channel_bytes = std::size_t{64 << 10} << (random() % 3);
  return options;
}

/// Whether event `i` was accepted. Each takes one sequence, its own number.
bool send(Engine& engine, std::uint64_t i) {
  auto& persister = engine.persister();
  const std::string name(1, static_cast<char>('A' + i * 7 % 13));
  const auto time = kFirstTime + static_cast<TimestampNs>(i) * kStepNs;
  const double price = 100 + static_cast<double>(i * 2654435761U % 997) / 8;
  if (i % 211 == 0) {
    const FactorValues values{{"own", price}, {"other", kMissing}};
    return persister.send_snapshot(name, values, i).has_value();
  }
  if (i % 97 == 0) {
    const std::vector<double> values{price, kMissing, -0.0};
    return persister.send_vector_update(name, "v", values, time).has_value();
  }
  if (i % 5 == 0) {
    const double value = i % 15 == 0 ? kMissing : price;
    return persister.send_update(name, "own", value, i % 25 == 0 ? kNoTimestamp : time).has_value();
  }
  std::vector<double> fields(TickSchema::quotes().size(), kMissing);
  fields[0] = i % 31 == 0 ? kMissing : price;
  fields[1] = static_cast<double>(i % 50);
  return engine.process_tick({engine.instrument(name).value(), time, fields}).accepted();
}

int write(const std::string& directory, std::uint64_t last, std::uint64_t seed) {
  const auto factors = FactorSet::parse(
      "factor m = ts_mean(last, 20)\nfactor e = ema(last, 10)\n"
      "factor c = ts_corr(last, volume, 30)\n",
      TickSchema::quotes());
  auto engine = Engine::open(directory, factors.value(), writer_options(seed));
  if (!engine) fail(engine.error().message);
  for (auto i = (*engine)->recovery().log.last_sequence + 1; i <= last; ++i) {
    if (!send(**engine, i)) fail("event " + std::to_string(i) + " is refused");
    // Slow enough that kills come at all moments of a life.
    if (seed != 0 && i % 64 == 0 && !(*engine)->flush(std::chrono::seconds(60))) fail("flush");
  }
  if (auto done = (*engine)->close(); !done) fail(done.error().message);
  return 0;
}

int archive(const std::string& directory, std::uint64_t seed, bool once) {
  std::mt19937_64 random(seed);
  ArchiveOptions options;
  options.part_bytes_max = std::size_t{64 << 10} << (random() % 5);
  options.parts_of_day_max = 1 + random() % 6;
  auto archiver = Archiver::open(directory, options);
  if (!archiver) fail(archiver.error().message);
  for (;;) {
    const auto done = archiver->archive_once();
    if (!done) fail(done.error().message);
    if (done->cut_records != 0) fail("retention has cut what is not archived");
    if (once) return 0;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  if (argc == 5 && std::string(argv[1]) == "write") return write(argv[2], number(3), number(4));
  if (argc < 4 || std::string(argv[1]) != "archive") fail("wrong arguments");
  return archive(argv[2], number(3), argc == 5);
}
