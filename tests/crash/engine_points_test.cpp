// An engine is killed before and after every call of its files that has a name: in commits,
// rotations, snapshots, in an open and its drain, in a close; under configurations that change with
// every process. It goes on each time, and leaves the history of one that nobody killed.
//
// FACTORWAL_CRASH_POINT_ROUNDS: occurrences of each point; FACTORWAL_CRASH_SEED repeats a run.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "crash/killing_file_system.h"
#include "crash/sender_counters.h"
#include "support/file_text.h"
#include "support/from_environment.h"
#include "support/history.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

constexpr std::uint64_t kTicksOfALife = 900;

class EnginePoints : public testing::Test {
 protected:
  void reset_counters() const {
    const SenderCounters zeros{};
    std::ofstream(dir_ / "counters", std::ios::binary)
        .write(reinterpret_cast<const char*>(&zeros), sizeof zeros);
  }
  [[nodiscard]] std::uint64_t accepted() const {
    std::uint64_t value = 0;
    std::ifstream(dir_ / "counters", std::ios::binary)
        .read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  [[nodiscard]] std::string said() const { return test::text_of(dir_ / "err"); }
  [[nodiscard]] int run(const std::string& data, std::uint64_t last, std::uint64_t seed,
                        const KillPoint& point = {}) const {
    std::vector<std::string> command = {FACTORWAL_ENGINE_CHILD, dir_ / data, dir_ / "counters",
                                        std::to_string(last), std::to_string(seed)};
    if (!point.name.empty()) {
      command.insert(command.end(),
                     {point.name, point.after ? "after" : "before", std::to_string(point.nth)});
    }
    return Process(command, dir_ / "out", dir_ / "err").wait();
  }

  TempDir dir_;
};

TEST_F(EnginePoints, KilledAtEachLeaveTheHistoryOfAnUndisturbedRun) {
  const auto most = from_environment("FACTORWAL_CRASH_POINT_ROUNDS", 1);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  reset_counters();
  std::uint64_t kills = 0;
  std::uint64_t last = 0;
  for (const auto& name : KillingFileSystem::names()) {
    std::uint64_t struck = 0;
    for (const bool after : {false, true}) {
      for (std::uint64_t nth = 1; nth <= most; ++nth) {
        SCOPED_TRACE(name + (after ? ", after, " : ", before, ") + std::to_string(nth) + ", seed " +
                     std::to_string(seed));
        last = accepted() + kTicksOfALife;
        const int status = run("killed", last, random(), {name, after, nth});
        ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status << ": " << said();
        if (status != 0) ++struck;
      }
    }
    kills += struck;
  }
  // The child itself looks whether what was accepted is there; now all of it, and nothing else.
  ASSERT_EQ(run("killed", last, random()), 0) << said();
  reset_counters();
  ASSERT_EQ(run("whole", last, random()), 0) << said();
  const auto truth = read_history(dir_ / "whole");
  ASSERT_EQ(truth.records, last);
  ASSERT_TRUE(read_history(dir_ / "killed").bytes == truth.bytes) << "seed " << seed;
  std::printf("%llu kills at named points, %llu ticks\n", static_cast<unsigned long long>(kills),
              static_cast<unsigned long long>(last));
  EXPECT_GT(kills, KillingFileSystem::names().size()) << "most points were not met";
}

}  // namespace
}  // namespace factorwal::test
