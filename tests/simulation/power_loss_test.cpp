// A power failure at every call that an engine makes of its files, at syncs and between them: over
// a life with rotations and snapshots, then at calls of the recovery itself. Everything that a
// caller was told to be durable is there; the rest is a prefix of what was accepted.
//
// FACTORWAL_TEST_FULL=1: every call, and every call of each recovery; otherwise a sample, from
// FACTORWAL_SIMULATION_SEED.

#include <gtest/gtest.h>

#include <cstdlib>

#include "persist/core.h"
#include "simulation/simulated_run.h"
#include "simulation/step_time.h"

namespace factorwal::test {
namespace {

EngineOptions options(ChannelKind channel, bool group_commit) {
  EngineOptions options;
  options.log.segment_bytes = 64 << 10;
  options.log.free_space_reserve = 0;
  options.snapshot_every = 30;
  options.persist.channel = channel;
  options.persist.enable_group_commit = group_commit;
  options.persist.sync_interval_ms = 15;
  options.persist.channel_bytes = 256 << 10;
  return options;
}

struct Promise {
  std::size_t ticks = 0;
  Sequence durable = 0;
};

/// Works until all ticks are in, or the call has come at which power fails.
Promise live(const SimulatedFeed& feed, MemoryFileSystem& files, StepTime& time,
             const EngineOptions& chosen) {
  Promise promise;
  auto opened = Engine::open_on(files, kDirectory, feed.factors(), chosen);
  if (!opened) return promise;
  auto& engine = **opened;
  while (promise.ticks < feed.size() && !files.struck()) {
    const auto i = promise.ticks;
    const auto instrument = engine.instrument(feed.instrument(i));
    if (!instrument) break;
    const auto result =
        engine.process_tick({*instrument, feed.time(i), feed.fields(i)}, feed.position(i));
    if (!result.accepted()) break;
    ++promise.ticks;
    time.pass(std::chrono::microseconds(700));
    if (i % 5 == 0) (void)engine.persister().core().step();
    if (i % 60 == 59) (void)engine.flush(kLong);
    if (i % 150 == 149) (void)engine.checkpoint();
    promise.durable = std::max(promise.durable, engine.durable_sequence());
  }
  if (!files.struck() && engine.close() && !files.struck()) promise.durable = promise.ticks;
  return promise;
}

class PowerLoss : public testing::TestWithParam<std::tuple<ChannelKind, bool>> {
 protected:
  void expect_promise(const SimulatedFeed& feed, MemoryFileSystem& files, const Promise& promise,
                      std::uint64_t seed) {
    StepTime time(seed);
    files.simulate(time);
    auto engine = Engine::open_on(files, kDirectory, feed.factors(), chosen());
    ASSERT_TRUE(engine) << engine.error().message;
    const auto found = find_log(files, kDirectory, feed);
    ASSERT_EQ(found.wrong, "");
    ASSERT_GE(found.ticks, promise.durable);
    ASSERT_LE(found.ticks, promise.ticks);
    ASSERT_EQ(SimulatedFeed::next_of((*engine)->recovery().position), found.ticks);
    ++recoveries_;
    if (found.ticks == feed.size()) return;
    // And the next value is that of an engine that nobody stopped.
    const auto instrument = (*engine)->instrument(feed.instrument(found.ticks)).value();
    const auto next =
        (*engine)->process_tick({instrument, feed.time(found.ticks), feed.fields(found.ticks)});
    ASSERT_TRUE(next.accepted());
    ASSERT_EQ(
        std::memcmp(next.values.data(), feed.values(found.ticks).data(), next.values.size_bytes()),
        0);
  }
  static EngineOptions chosen() {
    return options(std::get<0>(GetParam()), std::get<1>(GetParam()));
  }
  std::uint64_t recoveries_ = 0;
};

TEST_P(PowerLoss, AtEveryCallAndAtEveryCallOfTheRecoveryKeepsWhatWasDurable) {
  const bool full = std::getenv("FACTORWAL_TEST_FULL") != nullptr;
  const char* text = std::getenv("FACTORWAL_SIMULATION_SEED");
  const auto seed = text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device{}();
  std::mt19937_64 random(seed);
  static const SimulatedFeed feed;
  std::uint64_t calls = 0;
  std::unordered_set<std::uint64_t> states;
  for (std::uint64_t n = 1;; n += full ? 1 : 1 + random() % 40) {
    SCOPED_TRACE("power fails at call " + std::to_string(n) + ", seed " + std::to_string(seed));
    MemoryFileSystem files;
    StepTime time(seed + n);
    files.simulate(time);
    files.stop_at(n);
    const auto promise = live(feed, files, time, chosen());
    if (!files.struck()) break;
    ++calls;
    for (const auto unsynced :
         {Unsynced::kDropped, Unsynced::kKept, Unsynced::kMixed, Unsynced::kMixed}) {
      const auto left = files.after_power_loss(unsynced, random());
      states.insert(hash_of(*left));
      // The recovery, cut short at its m-th call by another power failure.
      for (std::uint64_t m = full ? 1 : 1 + random() % 12;; m += full ? 1 : 12) {
        auto again = left->copy();
        StepTime again_time(seed + m);
        again->simulate(again_time);
        again->stop_at(m);
        { const auto cut = Engine::open_on(*again, kDirectory, feed.factors(), chosen()); }
        const bool struck = again->struck();
        const auto twice = again->after_power_loss(Unsynced::kMixed, random());
        states.insert(hash_of(*twice));
        ASSERT_NO_FATAL_FAILURE(expect_promise(feed, *twice, promise, random()))
            << "recovery cut at call " << m;
        if (!struck || !full) break;
      }
      ASSERT_NO_FATAL_FAILURE(expect_promise(feed, *left, promise, random()));
    }
  }
  std::printf("seed %llu: %llu calls, %llu distinct states of the disk, %llu recoveries\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(calls),
              static_cast<unsigned long long>(states.size()),
              static_cast<unsigned long long>(recoveries_));
  EXPECT_GT(calls, 3U);
}

INSTANTIATE_TEST_SUITE_P(
    WithEachChannel, PowerLoss,
    testing::Combine(testing::Values(ChannelKind::kShm, ChannelKind::kFile), testing::Bool()),
    [](const auto& tested) {
      return std::string(std::get<0>(tested.param) == ChannelKind::kShm ? "Shm" : "File") +
             (std::get<1>(tested.param) ? "" : "LowLatency");
    });

}  // namespace
}  // namespace factorwal::test
