// What was accepted is in the recovered log once, in the order of its thread: whatever the moment
// at which the sending process was killed, and whatever happened to the recoveries in between.
//
// FACTORWAL_CRASH_ROUNDS: number of kills of each kind of channel; FACTORWAL_CRASH_SEED repeats.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "crash/killing_file_system.h"
#include "crash/sender_counters.h"
#include "factorwal/record_stream.h"
#include "factorwal/wal_manager.h"
#include "support/file_text.h"
#include "support/from_environment.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

constexpr std::uint64_t kMany = 1'000'000'000;
/// Each look reads the whole log.
constexpr std::uint64_t kRoundsPerLog = 50;

class Accepted : public testing::TestWithParam<const char*> {
 protected:
  Accepted() { begin_anew(); }
  void begin_anew() {
    std::filesystem::remove_all(data());
    logged_ = {0, 0};
    const SenderCounters zeros{};
    std::ofstream(counters_path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(&zeros), sizeof zeros);
  }
  [[nodiscard]] std::string data() const { return dir_ / "data"; }
  [[nodiscard]] std::string counters_path() const { return dir_ / "counters"; }
  [[nodiscard]] std::array<std::uint64_t, 2> returned() const {
    std::array<std::uint64_t, 2> values{};
    std::ifstream(counters_path(), std::ios::binary)
        .read(reinterpret_cast<char*>(values.data()), sizeof values);
    return values;
  }
  [[nodiscard]] std::string said() const { return text_of(dir_ / "err"); }

  Process start(std::uint64_t last, const KillPoint& point = {}) const {
    std::vector<std::string> command = {FACTORWAL_SENDER_CHILD,
                                        data(),
                                        GetParam(),
                                        counters_path(),
                                        std::to_string(logged_[0] + 1),
                                        std::to_string(logged_[1] + 1),
                                        std::to_string(last)};
    if (!point.name.empty()) {
      command.insert(command.end(),
                     {point.name, point.after ? "after" : "before", std::to_string(point.nth)});
    }
    return Process(command, dir_ / "out", dir_ / "err");
  }

  /// Until a send of the new child has returned, or for ten seconds.
  void wait_for_a_send() const {
    const auto before = returned();
    for (int i = 0; i < 100'000 && returned() == before; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }

  /// Opens the directory, so that it is recovered, and looks at what it holds.
  void recover_and_check() {
    auto wal = WalManager::open(data());
    ASSERT_TRUE(wal) << wal.error().message;
    for (const auto& ring : (*wal)->recovery().rings) {
      EXPECT_EQ(ring.verdict, RingVerdict::kDrained) << to_string(ring.verdict);
      drained_ += ring.drained;
    }
    ASSERT_TRUE((*wal)->close());
    auto records = RecordStream::open(data());
    ASSERT_TRUE(records) << records.error().message;
    std::array<std::uint64_t, 2> next = {1, 1};
    LogRecord record;
    while (records->next(record)) {
      ASSERT_EQ(record.type, RecordType::kUpdate);
      const std::size_t thread = record.instrument_id[6] == '0' ? 0 : 1;
      const auto i = next[thread]++;
      ASSERT_EQ(record.value, static_cast<double>(i)) << "thread " << thread;
      ASSERT_EQ(record.instrument_id,
                "sender" + std::to_string(thread) + "." + std::to_string(i / 100));
    }
    ASSERT_TRUE(records->status()) << records->status().error().message;
    ASSERT_FALSE(records->corrupt());
    const auto told = returned();
    for (std::size_t thread : {0U, 1U}) {
      const auto before = logged_[thread];
      logged_[thread] = next[thread] - 1;
      ASSERT_GE(logged_[thread], told[thread]) << "accepted by thread " << thread << ", and lost";
      // A send that was complete and had not returned counts as accepted: one a child. A child
      // whose first send has not returned leaves the counter as the child before it did.
      ASSERT_LE(logged_[thread], std::max(told[thread], before) + 1);
    }
  }

  TempDir dir_;
  std::array<std::uint64_t, 2> logged_ = {0, 0};
  std::uint64_t drained_ = 0;
};

TEST_P(Accepted, SurvivesKillsAtRandomTimes) {
  const auto rounds = from_environment("FACTORWAL_CRASH_ROUNDS", 25);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  std::printf("seed %llu, %llu kills\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(rounds));
  std::mt19937_64 random(seed);
  std::uint64_t records = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsPerLog == 0) begin_anew();
    auto child = start(kMany);
    // Each other kill hits the sends, however long the machine takes to begin with them.
    if (round % 2 == 1) wait_for_a_send();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    child.kill(SIGKILL);
    ASSERT_EQ(child.wait(), 128 + SIGKILL) << said();
    recover_and_check();
    if (HasFatalFailure()) FAIL() << "round " << round << ", seed " << seed;
    if ((round + 1) % kRoundsPerLog == 0 || round + 1 == rounds) records += logged_[0] + logged_[1];
  }
  EXPECT_GT(records, 0U);
  std::printf("%llu records, %llu of them drained from rings\n",
              static_cast<unsigned long long>(records), static_cast<unsigned long long>(drained_));
}

TEST_P(Accepted, SurvivesAKillAtEveryNamedPoint) {
  const auto most = from_environment("FACTORWAL_CRASH_POINT_ROUNDS", 2);
  for (const auto& name : KillingFileSystem::names()) {
    for (const bool after : {false, true}) {
      for (std::uint64_t nth = 1; nth <= most; ++nth) {
        SCOPED_TRACE(name + (after ? ", after, " : ", before, ") + std::to_string(nth));
        auto child = start(std::max(logged_[0], logged_[1]) + 1500, {name, after, nth});
        const int status = child.wait();
        ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status << ": " << said();
        recover_and_check();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Accepted, SurvivesKillsOfTheRecoveriesAsWell) {
  const auto rounds = from_environment("FACTORWAL_CRASH_ROUNDS", 8);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> points = {
      "segment.create",  "segment.rename",  "segment.header",  "commit.write", "segment.sync",
      "manifest.rename", "register.rename", "register.remove", "ring.remove",  "directory.sync"};
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsPerLog == 0) begin_anew();
    auto child = start(kMany);
    wait_for_a_send();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    child.kill(SIGKILL);
    ASSERT_EQ(child.wait(), 128 + SIGKILL) << said();
    // Three recoveries that end soon, none of which sends anything: LAST is 0.
    for (int attempt = 0; attempt < 3; ++attempt) {
      const KillPoint point = {points[random() % points.size()], random() % 2 == 0,
                               1 + random() % 3};
      auto recovery = start(0, point);
      const int status = recovery.wait();
      ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status << ": " << said();
    }
    recover_and_check();
    if (HasFatalFailure()) FAIL() << "round " << round << ", seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Channels, Accepted, testing::Values("shm", "file"));

}  // namespace
}  // namespace factorwal::test
