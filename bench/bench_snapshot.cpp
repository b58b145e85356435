// How long does a snapshot hold up `process_tick`? Operator states are written spread over ticks,
// one instrument a tick. Counted is what the calling thread computes in a tick (its CPU clock:
// neither the disk nor other programs are in it), without snapshots and with one after the other.

#include <ctime>

#include "factorwal/engine.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

std::int64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

struct Pauses {
  std::vector<std::int64_t> cpu;
  std::vector<std::int64_t> wall;
};

void print(const char* what, Pauses& pauses) {
  std::printf(
      "%-20s CPU p50 %5.2f us, p99 %6.2f us, p99.99 %7.2f us, max %7.2f us; wall max %.1f us\n",
      what, static_cast<double>(percentile(pauses.cpu, 0.5)) / 1e3,
      static_cast<double>(percentile(pauses.cpu, 0.99)) / 1e3,
      static_cast<double>(percentile(pauses.cpu, 0.9999)) / 1e3,
      static_cast<double>(percentile(pauses.cpu, 1)) / 1e3,
      static_cast<double>(percentile(pauses.wall, 1)) / 1e3);
}

Pauses measure(const std::string& where, std::uint32_t instruments, std::uint64_t ticks,
               std::uint64_t every) {
  const BenchDir dir(where);
  EngineOptions options;
  options.snapshot_every = every;
  options.persist.channel_bytes = std::size_t{64} << 20;
  auto engine =
      must(Engine::open(dir.path(), must(FactorSet::default_set(TickSchema::quotes())), options));
  std::vector<InstrumentHandle> handles;
  for (std::uint32_t i = 0; i < instruments; ++i) {
    handles.push_back(must(engine->instrument(numbered("I", i))));
  }
  std::vector<double> fields(engine->factors().schema().size());
  const auto tick = [&](std::uint64_t i) {
    const auto h = mix(i);
    fields[0] = 5000 + 0.2 * static_cast<double>(h % 100);
    fields[1] = static_cast<double>((h >> 32) % 50);
    return engine->process_tick({handles[i % instruments],
                                 static_cast<TimestampNs>(1'700'000'000'000'000'000 + i), fields});
  };
  // Every instrument has its windows full first.
  const std::uint64_t before = std::uint64_t{instruments} * 70;
  for (std::uint64_t i = 0; i < before; ++i) {
    if (!tick(i)) die("a tick was refused");
  }
  Pauses pauses;
  for (std::uint64_t i = before; i < before + ticks; ++i) {
    const auto wall = now_ns();
    const auto cpu = cpu_ns();
    if (!tick(i)) die("a tick was refused");
    pauses.cpu.push_back(cpu_ns() - cpu);
    pauses.wall.push_back(now_ns() - wall);
  }
  must(engine->close());
  return pauses;
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "500000"}, {"instruments", "5000"}, {"dir", "bench-data"}},
                              argc, argv);
  const auto instruments = static_cast<std::uint32_t>(parameters.number("instruments"));
  const auto ticks = parameters.number("ticks");
  auto without = measure(parameters.text("dir"), instruments, ticks, 0);
  auto with = measure(parameters.text("dir"), instruments, ticks, instruments);
  std::printf("%u instruments, %zu factors\n", instruments,
              must(FactorSet::default_set(TickSchema::quotes())).size());
  print("without snapshots", without);
  print("with snapshots", with);
}
