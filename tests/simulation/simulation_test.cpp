// Whole lives of an engine, decided by a seed: kills and power failures at any call, recoveries
// that are cut short themselves, until all ticks are in the log.
//
// FACTORWAL_SIMULATION_STATES: distinct states of the disk to go through;
// FACTORWAL_SIMULATION_SEED: the first seed. A run is repeated by its seed and one state.

#include <gtest/gtest.h>

#include <cstdlib>

#include "simulation/mutant_file_system.h"
#include "simulation/simulated_run.h"
#include "support/from_environment.h"

namespace factorwal::test {
namespace {

std::uint64_t first_seed() {
  return from_environment("FACTORWAL_SIMULATION_SEED", std::random_device{}());
}

TEST(Simulation, KeepsEveryPromiseInEveryStateOfTheDisk) {
  const auto states = from_environment("FACTORWAL_SIMULATION_STATES", 300);
  const auto seed = first_seed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  const SimulatedFeed feed;
  SimulationCounts counts;
  std::uint64_t runs = 0;
  for (; counts.power_states.size() < states; ++runs) {
    const auto wrong = SimulatedRun(feed, seed + runs, counts).execute();
    ASSERT_EQ(wrong, "") << "FACTORWAL_SIMULATION_SEED=" << seed + runs
                         << " FACTORWAL_SIMULATION_STATES=1 repeats it";
  }
  std::printf(
      "%llu runs; %llu power failures, %llu distinct states of the disk (hashes of all names and "
      "bytes); %llu kills, %llu distinct states; %llu of both in recoveries; %llu records drained "
      "from rings; %llu threads ended; %llu rings removed\n",
      static_cast<unsigned long long>(runs), static_cast<unsigned long long>(counts.power_losses),
      static_cast<unsigned long long>(counts.power_states.size()),
      static_cast<unsigned long long>(counts.kills),
      static_cast<unsigned long long>(counts.kill_states.size()),
      static_cast<unsigned long long>(counts.in_recovery),
      static_cast<unsigned long long>(counts.drained),
      static_cast<unsigned long long>(counts.ended_threads),
      static_cast<unsigned long long>(counts.rings_removed));
  EXPECT_GT(counts.kills, 0U);
  EXPECT_GT(counts.power_losses, 0U);
}

TEST(Simulation, OfTheSameSeedIsTheSame) {
  const auto seed = first_seed();
  const SimulatedFeed feed;
  SimulationCounts first;
  SimulationCounts second;
  EXPECT_EQ(SimulatedRun(feed, seed, first).execute(), "");
  EXPECT_EQ(SimulatedRun(feed, seed, second).execute(), "");
  EXPECT_EQ(first.power_states, second.power_states) << "seed " << seed;
  EXPECT_EQ(first.kill_states, second.kill_states) << "seed " << seed;
  EXPECT_EQ(first.drained, second.drained);
}

/// A simulation that finds no fault in a broken writer proves nothing about a sound one.
void expect_caught(Mutation mutation) {
  const auto seed = first_seed();
  const SimulatedFeed feed;
  SimulationCounts counts;
  for (std::uint64_t run = 0; run < 200; ++run) {
    const auto wrong = SimulatedRun(feed, seed + run, counts, [&](FileSystem& files) {
                         return std::make_unique<MutantFileSystem>(files, mutation);
                       }).execute();
    if (wrong.empty()) continue;
    std::printf("caught in run %llu: %s\n", static_cast<unsigned long long>(run + 1),
                wrong.c_str());
    return;
  }
  FAIL() << "not caught in 200 runs from seed " << seed;
}

TEST(SimulationCatches, AWriterThatDoesNotSync) { expect_caught(Mutation::kNoSync); }
TEST(SimulationCatches, ASyncInFrontOfItsWrite) { expect_caught(Mutation::kSyncBeforeWrite); }
TEST(SimulationCatches, AMissingSyncOfTheDirectory) { expect_caught(Mutation::kNoDirectorySync); }
TEST(SimulationCatches, ARenameInFrontOfTheContent) { expect_caught(Mutation::kUnorderedRename); }
TEST(SimulationCatches, ASyncThatIsTriedAgain) { expect_caught(Mutation::kSyncsAgain); }
TEST(SimulationCatches, ASyncWithoutSpaceThatCounts) { expect_caught(Mutation::kIgnoresNoSpace); }
TEST(SimulationCatches, AnIdentityByDeviceNumber) { expect_caught(Mutation::kIdentityByDevice); }
TEST(SimulationCatches, AMissingRingThatNobodyTells) {
  expect_caught(Mutation::kPassesOverMissingRings);
}
TEST(SimulationCatches, ARingOfAnEndedThreadThatIsForgotten) {
  expect_caught(Mutation::kListsNewestRingOnly);
}

}  // namespace
}  // namespace factorwal::test
