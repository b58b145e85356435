// An engine over ticks that are a function of their number, until it is killed, or done. It goes on
// where the log says. What had been accepted is told in shared memory.
//
//   engine_child DIRECTORY COUNTERS LAST SEED [POINT before|after NTH]
//
// SEED chooses channel, commit timing, snapshots and segments of this process.

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "crash/child.h"
#include "crash/killing_file_system.h"
#include "factorwal/engine.h"

using namespace factorwal;

namespace {

using test::fail;
using test::map_counters;

EngineOptions choose(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{64 << 10} << (random() % 2);
  options.snapshot_every = 20 + random() % 100;
  switch (random() % 4) {
    case 0: options.persist = FactorWalConfig::low_latency(); break;
    case 1: options.persist = FactorWalConfig::high_throughput(); break;
    default: break;
  }
  options.persist.adaptive = random() % 2 == 0;
  options.persist.sync_interval_ms = 1 + random() % 20;
  options.persist.channel = random() % 2 == 0 ? ChannelKind::kShm : ChannelKind::kFile;
  options.persist.channel_bytes = std::size_t{64 << 10} << (random() % 4);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) fail("too few arguments");
  test::KillPoint point;
  if (argc >= 8) {
    point = {argv[5], std::string(argv[6]) == "after", std::strtoull(argv[7], nullptr, 10)};
  }
  test::KillingFileSystem files(point);
  auto& counters = map_counters(argv[2]);
  const auto last = std::strtoull(argv[3], nullptr, 10);
  const auto factors =
      FactorSet::parse(
          "factor m = ts_mean(last, 20)\nfactor e = ema(last, 10)\nfactor r = rsi(last, 14)\n"
          "factor c = ts_corr(last, volume, 30)\n",
          TickSchema::quotes())
          .value();
  auto engine =
      Engine::open_on(files, argv[1], factors, choose(std::strtoull(argv[4], nullptr, 10)));
  if (!engine) fail(engine.error().message);
  const auto found = (*engine)->recovery().position;
  std::uint64_t i = 0;
  if (found.size() == sizeof i) std::memcpy(&i, found.data(), sizeof i);
  if (i < counters.returned[0].load()) fail("accepted ticks are missing");
  std::vector<double> fields(factors.schema().size(), std::nan(""));
  while (i < last) {
    const std::string name(1, static_cast<char>('A' + i * 7 % 5));
    fields[0] = 100 + static_cast<double>(i * 2654435761U % 997) / 8;
    fields[1] = static_cast<double>(i % 50);
    const auto time = static_cast<TimestampNs>(i) * 1000;
    const auto instrument = (*engine)->instrument(name).value();
    ++i;
    const auto result =
        (*engine)->process_tick({instrument, time, fields}, std::as_bytes(std::span(&i, 1)));
    if (!result.accepted()) fail("tick: " + std::string(to_string(result.status)));
    counters.returned[0].store(i);
    if (i % 512 == 0 && !(*engine)->flush(std::chrono::seconds(60))) fail("flush");
    if (i % 2000 == 0 && !(*engine)->checkpoint()) fail("checkpoint");
  }
  if (auto done = (*engine)->close(); !done) fail(done.error().message);
  return 0;
}
