// Every kind of call that an engine makes of its files, failing in turn at each of its occurrences
// over a whole life: open, ticks, updates, rotations, snapshots, close, and a second life. Once,
// some times, or until somebody mends it; with `stop`, where the user opens again, and `degrade`,
// where nobody does anything. After it nothing accepted is missing, values are the same bits, and
// what was said to be durable outlives a power failure at the moment of the failure.
//
// FACTORWAL_TEST_FULL=1: every occurrence; otherwise a sample, from FACTORWAL_SIMULATION_SEED.

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "persist/core.h"
#include "simulation/simulated_run.h"
#include "simulation/step_time.h"

namespace factorwal::test {
namespace {

constexpr std::size_t kTicksOfALife = 200;
// A user who opens again gives up after so many times, and mends what is broken.
constexpr int kTriesBeforeMending = 6;

using Policy = FactorWalConfig::OnStorageFailure;

struct Outage {
  Call kind;
  int code;
  std::uint64_t times;
  Policy policy;
  bool group_commit;
};

bool is_full() { return std::getenv("FACTORWAL_TEST_FULL") != nullptr; }

class Life {
 public:
  Life(const SimulatedFeed& feed, Outage outage, std::uint64_t nth) : feed_(feed), outage_(outage) {
    files_.simulate(time_);
    files_.fail(outage.kind, nth, outage.code, outage.times);
  }

  void run() {
    for (const auto end : {kTicksOfALife, feed_.size()}) {
      while (ticks_ < end) {
        ASSERT_NO_FATAL_FAILURE(open());
        ASSERT_NO_FATAL_FAILURE(work(end));
        ASSERT_NO_FATAL_FAILURE(close());
      }
    }
    // Whatever the last close could not do, an open can.
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(close());
    mend();
    const auto found = find_log(files_, kDirectory, feed_);
    ASSERT_EQ(found.wrong, "");
    ASSERT_EQ(found.ticks, feed_.size());
    ASSERT_EQ(found.updates, updates_);
    ASSERT_EQ(files_.syncs_after_failure(), 0U);
    ASSERT_EQ(files_.writes_after_failure(), 0U);
  }
  [[nodiscard]] bool struck() const { return struck_ || files_.struck(); }
  [[nodiscard]] std::uint64_t outages() const { return outages_; }

 private:
  [[nodiscard]] EngineOptions options() const {
    EngineOptions options;
    options.log.segment_bytes = 64 << 10;
    options.log.free_space_reserve = 1;
    options.snapshot_every = 30;
    options.persist.on_storage_failure = outage_.policy;
    options.persist.enable_group_commit = outage_.group_commit;
    options.persist.sync_interval_ms = 20;
    options.persist.channel_bytes = 1 << 20;  // a whole life fits: nothing is refused for space
    options.persist.when_full = FactorWalConfig::WhenFull::kRefuse;
    return options;
  }

  /// Until it works; mended after some tries. What is found is what was accepted, all of it.
  void open() {
    for (int tries = 1;; ++tries) {
      if (tries == kTriesBeforeMending) mend();
      auto opened = Engine::open_on(files_, kDirectory, feed_.factors(), options());
      ASSERT_NO_FATAL_FAILURE(look_at_the_moment_of_failure());
      if (opened) {
        engine_ = std::move(*opened);
        break;
      }
      ASSERT_LT(tries, kTriesBeforeMending) << opened.error().message;
      ASSERT_NE(opened.error().code, Errc::kCorruption) << opened.error().message;
      ASSERT_NE(opened.error().message, "");
    }
    ASSERT_EQ(SimulatedFeed::next_of(engine_->recovery().position), ticks_);
  }

  void work(std::size_t end) {
    while (ticks_ < end) {
      time_.pass(std::chrono::microseconds(700));
      if (ticks_ + 40 >= end && files_.struck()) mend();  // degraded engines come back
      const auto instrument = engine_->instrument(feed_.instrument(ticks_));
      ASSERT_TRUE(instrument);
      const auto result = engine_->process_tick(
          {*instrument, feed_.time(ticks_), feed_.fields(ticks_)}, long_position(ticks_));
      if (!result.accepted()) {
        ASSERT_EQ(result.status, SendStatus::kStopped) << to_string(result.status);
        ASSERT_EQ(outage_.policy, Policy::kStop);
        ASSERT_EQ(engine_->status().error().code, Errc::kPoisoned);
        ++outages_;
        return;
      }
      ASSERT_TRUE(
          std::equal(reinterpret_cast<const char*>(result.values.data()),
                     reinterpret_cast<const char*>(result.values.data() + result.values.size()),
                     reinterpret_cast<const char*>(feed_.values(ticks_).data())))
          << "tick " << ticks_;
      ++ticks_;
      if (ticks_ % 7 == 0 &&
          engine_->persister().send_update("U", "count", static_cast<double>(updates_ + 1), 1)) {
        ++updates_;
      }
      if (ticks_ % 4 == 0) (void)engine_->persister().core().step();
      if (ticks_ % 50 == 0) {
        const auto done = engine_->flush(kLong);
        ASSERT_TRUE(done || files_.struck() || struck_) << done.error().message;
        if (done) {
          ASSERT_EQ(engine_->durable_sequence(), ticks_ + updates_);
        }
      }
      if (ticks_ % 120 == 0) (void)engine_->checkpoint();
      durable_ = std::max(durable_, engine_->durable_sequence());
      ASSERT_LE(durable_, ticks_ + updates_);
      ASSERT_NO_FATAL_FAILURE(look_at_the_moment_of_failure());
    }
    if (outage_.policy == Policy::kDegrade) {
      if (engine_->persister().stats().outages > 0) ++outages_;
      // Storage works again: all becomes durable without an open.
      if (files_.struck()) mend();
      for (int i = 0; i < 40 && !engine_->status(); ++i) {
        time_.pass(std::chrono::milliseconds(100));
        (void)engine_->persister().core().step();
      }
      ASSERT_TRUE(engine_->status()) << engine_->status().error().message;
      ASSERT_TRUE(engine_->flush(kLong));
      ASSERT_EQ(engine_->durable_sequence(), ticks_ + updates_);
    }
  }

  /// As the feed's, and longer, so that a life has several rotations.
  [[nodiscard]] Bytes long_position(std::size_t i) const {
    auto position = feed_.position(i);
    for (std::uint64_t k = 1; k < 3; ++k) put_bytes(position, feed_.position(i * 31 + k * 7919));
    return position;
  }

  void close() {
    const auto closed = engine_->close();
    if (closed) durable_ = ticks_ + updates_;
    ASSERT_NO_FATAL_FAILURE(look_at_the_moment_of_failure());
    engine_.reset();
  }

  void mend() {
    struck_ = struck();
    files_.heal();
  }

  /// Once, right after the call that failed: a power failure keeps what was said to be durable, a
  /// kill keeps everything.
  void look_at_the_moment_of_failure() {
    if (looked_ || !files_.struck()) return;
    looked_ = true;
    for (const auto unsynced : {Unsynced::kDropped, Unsynced::kKept, Unsynced::kMixed}) {
      ASSERT_NO_FATAL_FAILURE(
          expect_kept(*files_.after_power_loss(unsynced, ticks_), durable_, "power failure"));
    }
    ASSERT_NO_FATAL_FAILURE(expect_kept(*files_.after_kill(), ticks_ + updates_, "kill"));
  }
  void expect_kept(MemoryFileSystem& left, std::uint64_t at_least, const char* what) {
    StepTime time(++worlds_);
    left.simulate(time);
    auto engine = Engine::open_on(left, kDirectory, feed_.factors(), options());
    ASSERT_TRUE(engine) << what << ": " << engine.error().message;
    const auto found = find_log(left, kDirectory, feed_);
    ASSERT_EQ(found.wrong, "") << what;
    ASSERT_GE(found.records.size(), at_least) << what;
    ASSERT_LE(found.ticks, ticks_) << what;
    ASSERT_EQ(SimulatedFeed::next_of((*engine)->recovery().position), found.ticks) << what;
  }

  const SimulatedFeed& feed_;
  const Outage outage_;
  StepTime time_{1};
  std::uint64_t worlds_ = 1;  // each with names of its own
  MemoryFileSystem files_;
  std::unique_ptr<Engine> engine_;
  std::size_t ticks_ = 0;
  std::uint64_t updates_ = 0;
  Sequence durable_ = 0;
  std::uint64_t outages_ = 0;
  bool looked_ = false;
  bool struck_ = false;
};

const SimulatedFeed& the_feed() {
  static const SimulatedFeed feed;
  return feed;
}

class FailingCall : public testing::TestWithParam<Outage> {};

TEST_P(FailingCall, AtAnyOccurrenceOverAWholeLifeLosesNothing) {
  const char* chosen = std::getenv("FACTORWAL_SIMULATION_SEED");
  const auto seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
  // An odd step that is not the period of anything.
  const std::uint64_t step = is_full() ? 1 : 37;
  std::uint64_t runs = 0;
  std::uint64_t outages = 0;
  for (auto nth = is_full() ? 1 : 1 + seed % step;; nth += step) {
    SCOPED_TRACE("failing call " + std::to_string(nth));
    Life life(the_feed(), GetParam(), nth);
    ASSERT_NO_FATAL_FAILURE(life.run());
    outages += life.outages();
    if (!life.struck()) break;
    ++runs;
  }
  std::printf("seed %llu: %llu points, %llu of them stopped or degraded the engine\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(outages));
  if (is_full()) {
    EXPECT_GT(runs, 0U) << "no call of this kind";
  }
}

std::vector<Outage> outages() {
  std::vector<Outage> all;
  const std::pair<Call, int> kinds[] = {
      {Call::kOpen, EMFILE},       {Call::kCreate, EMFILE},
      {Call::kWrite, EIO},         {Call::kWrite, ENOSPC},
      {Call::kSync, EIO},          {Call::kSync, ENOSPC},
      {Call::kRename, EROFS},      {Call::kRemove, EROFS},
      {Call::kSyncDirectory, EIO}, {Call::kMap, ENOSPC},
      {Call::kFreeSpace, EIO},     {Call::kRead, EIO},
      {Call::kSize, EIO},          {Call::kList, EMFILE},
      {Call::kExists, EIO},        {Call::kLock, EDQUOT},
      {Call::kLockHolder, EIO},    {Call::kFileId, EIO},
      {Call::kBootId, EIO},        {Call::kMakeDirectory, EDQUOT}};
  for (const auto& [kind, code] : kinds) {
    for (const std::uint64_t times : {std::uint64_t{1}, std::uint64_t{4}, kForever}) {
      for (const auto policy : {Policy::kStop, Policy::kDegrade}) {
        for (const bool group_commit : {true, false}) {
          all.push_back({kind, code, times, policy, group_commit});
        }
      }
    }
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Outage>& info) {
  static constexpr const char* kKinds[] = {
      "Open",          "Create", "Write",      "Sync",   "Rename", "Remove",
      "SyncDirectory", "Map",    "FreeSpace",  "Read",   "Size",   "List",
      "Exists",        "Lock",   "LockHolder", "FileId", "BootId", "MakeDirectory"};
  const auto& outage = info.param;
  std::string name = kKinds[static_cast<std::size_t>(outage.kind)];
  const bool writes = outage.kind == Call::kWrite || outage.kind == Call::kSync;
  if (writes && outage.code == ENOSPC) name += "NoSpace";
  name += outage.times == 1 ? "Once" : outage.times == 4 ? "FourTimes" : "UntilMended";
  name += outage.policy == Policy::kStop ? "Stop" : "Degrade";
  return name + (outage.group_commit ? "" : "LowLatency");
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, FailingCall, testing::ValuesIn(outages()), name_of);

}  // namespace
}  // namespace factorwal::test
