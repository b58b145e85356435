// Two opens that are cut short, one behind the other: the first is killed while its names are on
// no disk for certain, in the second the power fails. Each alone leaves a log that opens.
//
// Failure: the first open's manifest was there and perhaps not durable. The second one stored a
// list of rings that was one open ahead of it, and the power failure kept the list and not the
// manifest: "the log is an older one than its list", and no open went on.
// Cure: an open that finds a log which was not closed stores its manifest again before the list.

#include <gtest/gtest.h>

#include <cerrno>
#include <unordered_set>

#include "factorwal/wal_manager.h"
#include "simulation/simulated_run.h"
#include "simulation/step_time.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr Sequence kRecords = 10;
constexpr std::uint64_t kStatesAfterPowerLoss = 16;

class TwoOpens : public testing::Test {
 protected:
  static Result<std::shared_ptr<WalManager>> open(MemoryFileSystem& files) {
    LogOptions options;
    options.segment_bytes = std::uint64_t{64} << 10;
    return WalManager::open_on(files, kDirectory, options);
  }
  void SetUp() override {
    MemoryFileSystem files;
    files.simulate(time_);
    auto wal = open(files).value();
    for (Sequence i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(wal->append({FactorWalMessage::Update{"A", "f", 1, 1}}));
    }
    ASSERT_TRUE(wal->flush_group_commit());
    left_ = files.copy();
    left_->simulate(time_);
  }

  /// What an open leaves that ends in a kill, wherever that comes.
  std::unique_ptr<MemoryFileSystem> open_and_kill(MemoryFileSystem& files) {
    const auto wal = open(files);
    auto left = files.after_kill();
    left->simulate(time_);
    return left;
  }

  /// Another open, in which the power fails at its n-th change, for each n; then all is well.
  void lose_power_at_each_call_of_an_open(const MemoryFileSystem& found, const std::string& what) {
    bool struck = true;
    for (std::uint64_t n = 1; struck; ++n) {
      const auto second = found.after_kill();
      second->simulate(time_);
      second->stop_at(n);
      const auto wal = open(*second);
      struck = second->struck();
      for (std::uint64_t seed = 0; seed < kStatesAfterPowerLoss; ++seed) {
        const auto disk = second->after_power_loss(Unsynced::kMixed, seed);
        if (!seen_.insert(hash_of(*disk)).second) continue;
        disk->simulate(time_);
        const auto third = open(*disk);
        ASSERT_TRUE(third) << what << "; power lost at change " << n << ", state " << seed << ": "
                           << third.error().message;
        EXPECT_EQ((*third)->recovery().last_sequence, kRecords);
      }
    }
  }

  StepTime time_{1};
  std::unique_ptr<MemoryFileSystem> left_;
  std::unordered_set<std::uint64_t> seen_;  // hashes of states of the disk
};

/// Names are on no disk for certain between their change and the sync behind it.
TEST_F(TwoOpens, OfWhichTheFirstWasKilledInFrontOfASyncOfItsDirectoryLeaveALogThatOpens) {
  std::uint64_t syncs = 0;
  bool struck = true;
  for (std::uint64_t n = 1; struck; ++n) {
    const auto first = left_->after_kill();
    first->simulate(time_);
    first->stop_at(n);
    const auto found = open_and_kill(*first);
    struck = first->struck();
    const bool at_sync = first->count(Call::kSyncDirectory) > syncs;
    if (!at_sync) continue;
    ++syncs;
    lose_power_at_each_call_of_an_open(*found, "killed at sync " + std::to_string(syncs));
  }
  EXPECT_GT(syncs, 3U) << "of the manifests, the list of rings and the new segment";
}

TEST_F(TwoOpens, OfWhichTheFirstCouldNotSyncItsDirectoryLeaveALogThatOpens) {
  bool struck = true;
  for (std::uint64_t n = 1; struck; ++n) {
    const auto first = left_->after_kill();
    first->simulate(time_);
    first->fail(Call::kSyncDirectory, n, EIO);
    const auto found = open_and_kill(*first);
    struck = first->struck();
    lose_power_at_each_call_of_an_open(*found, "failed sync " + std::to_string(n));
  }
}

}  // namespace
}  // namespace factorwal::test
