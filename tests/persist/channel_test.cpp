// A bounded channel: what a send does when it is full, and what is at risk meanwhile. The disk is
// blocked by holding the mutex that the persister writes under.

#include <atomic>
#include <thread>

#include "persist/core.h"
#include "persist/persister_fixture.h"
#include "simulation/step_time.h"
#include "support/memory_file_system.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;

class ChannelTest : public PersisterTest {
 protected:
  static FactorWalConfig small_channel(FactorWalConfig::WhenFull when_full) {
    FactorWalConfig config;
    config.channel_bytes = 1;  // 64 KiB is the least
    config.when_full = when_full;
    return config;
  }
  // 48 bytes each, behind the definitions of "A" and "f".
  static constexpr int kUpdatesThatFit = (65536 - 2 * 40) / 48;
};

TEST_F(ChannelTest, AFullOneRefusesAndCountsWhatItRefuses) {
  start(small_channel(FactorWalConfig::WhenFull::kRefuse));
  const auto instrument = persister_->instrument("A").value();
  const auto factor = persister_->factor("f").value();
  int accepted = 0;
  {
    const std::lock_guard blocked(wal_->log().mutex);
    while (persister_->send_update(instrument, factor, accepted, accepted)) ++accepted;
    EXPECT_EQ(accepted, kUpdatesThatFit);
    EXPECT_EQ(persister_->send_update(instrument, factor, -1, -1).status, SendStatus::kFull);
    const auto by_name = persister_->send_update("A", "f", -1, -1);
    ASSERT_FALSE(by_name);
    EXPECT_EQ(by_name.error().code, Errc::kFull);
    EXPECT_EQ(persister_->stats().refusals, 3U);
    EXPECT_EQ(persister_->stats().waits, 0U);
    EXPECT_EQ(persister_->marks().accepted, static_cast<Sequence>(accepted));
  }
  EXPECT_TRUE(persister_->flush(kLong));
  const auto late = persister_->send_update(instrument, factor, accepted, accepted);
  EXPECT_TRUE(late) << "there is space again";
  EXPECT_EQ(late.ticket.ordinal, static_cast<std::uint64_t>(accepted) + 1);
  const auto records = finish();
  ASSERT_EQ(records.size(), static_cast<std::size_t>(accepted) + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].value, static_cast<double>(i)) << "a refused record is not in the log";
  }
}

TEST_F(ChannelTest, ARefusalStartsTheCommitThatMakesSpace) {
  auto config = small_channel(FactorWalConfig::WhenFull::kRefuse);
  config.adaptive = false;
  config.batch_size = 1'000'000;
  config.max_delay_ms = kHour;
  start(config);
  int accepted = 0;
  while (accepted < 3 * kUpdatesThatFit) {
    if (persister_->send_update("A", "f", accepted, accepted)) ++accepted;
  }
  EXPECT_GT(persister_->stats().refusals, 0U);
  EXPECT_EQ(finish().size(), static_cast<std::size_t>(accepted));
}

TEST_F(ChannelTest, AFullOneMakesTheSenderWaitAndCountsIt) {
  start(small_channel(FactorWalConfig::WhenFull::kWait));
  constexpr int kCount = kUpdatesThatFit + 500;
  std::atomic<int> sent{0};
  std::unique_lock blocked(wal_->log().mutex);
  std::thread sender([&] {
    for (int i = 0; i < kCount; ++i) {
      ASSERT_TRUE(persister_->send_update("A", "f", i, i));
      ++sent;
    }
  });
  while (persister_->stats().waits == 0) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(sent, kUpdatesThatFit) << "the sender waits";
  blocked.unlock();
  sender.join();
  EXPECT_EQ(sent, kCount);
  EXPECT_GE(persister_->stats().waits, 1U);
  EXPECT_EQ(persister_->stats().refusals, 0U);
  const auto records = finish();
  ASSERT_EQ(records.size(), static_cast<std::size_t>(kCount));
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].value, static_cast<double>(i));
  }
}

TEST_F(ChannelTest, AWaitingSenderNeedsNoFullBatch) {
  // A regression: the sender woke the persister before it counted as waiting, so that the
  // persister went back to sleep until max_delay.
  auto config = small_channel(FactorWalConfig::WhenFull::kWait);
  config.adaptive = false;
  config.batch_size = 1'000'000;
  config.max_delay_ms = kHour;
  start(config);
  for (int i = 0; i < 20 * kUpdatesThatFit; ++i) {
    ASSERT_TRUE(persister_->send_update("A", "f", i, i));
  }
  EXPECT_GT(persister_->stats().waits, 0U);
  EXPECT_EQ(finish().size(), 20U * kUpdatesThatFit);
}

TEST_F(ChannelTest, ShutdownReleasesAWaitingSenderWhoseRecordIsNotAccepted) {
  start(small_channel(FactorWalConfig::WhenFull::kWait));
  std::unique_lock blocked(wal_->log().mutex);
  std::thread sender([&] {
    const auto instrument = persister_->instrument("A").value();
    const auto factor = persister_->factor("f").value();
    SendResult last;
    while ((last = persister_->send_update(instrument, factor, 1, 1))) continue;
    EXPECT_EQ(last.status, SendStatus::kClosed);
  });
  while (persister_->stats().waits == 0) std::this_thread::yield();
  std::thread closer([this] { EXPECT_TRUE(persister_->shutdown()); });
  sender.join();  // before the disk answers
  blocked.unlock();
  closer.join();
  EXPECT_EQ(finish().size(), static_cast<std::size_t>(kUpdatesThatFit));
}

TEST_F(ChannelTest, DataAtRiskGrowsWhileTheDiskIsBlocked) {
  start();
  EXPECT_EQ(persister_->data_at_risk().records, 0U);
  {
    const std::lock_guard blocked(wal_->log().mutex);
    ASSERT_TRUE(persister_->send_update("A", "f", 1, 1));
    std::this_thread::sleep_for(milliseconds(20));
    const auto first = persister_->data_at_risk();
    EXPECT_EQ(first.records, 1U);
    EXPECT_EQ(first.bytes, 2U * 40 + 48) << "two definitions and an update";
    EXPECT_GE(first.oldest_age, milliseconds(10));
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(persister_->send_update("A", "f", 1, 1));
    std::this_thread::sleep_for(milliseconds(20));
    const auto second = persister_->data_at_risk();
    EXPECT_EQ(second.records, 10U);
    EXPECT_EQ(second.bytes, 2U * 40 + 10 * 48);
    EXPECT_GE(second.oldest_age, first.oldest_age + milliseconds(20));
  }
  EXPECT_TRUE(persister_->flush(kLong));
  const auto after = persister_->data_at_risk();
  EXPECT_EQ(after.records, 0U);
  EXPECT_EQ(after.bytes, 0U);
  EXPECT_EQ(after.oldest_age.count(), 0);
}

TEST_F(ChannelTest, AgeIsKnownAlsoWhenTheDiskIsBlockedFromAnIdleMomentOn) {
  start();
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(persister_->send_update("A", "f", 1, 1));
    EXPECT_TRUE(persister_->flush(kLong));
    // Now and then this catches the persister before it writes its frontier.
    const std::lock_guard blocked(wal_->log().mutex);
    ASSERT_TRUE(persister_->send_update("A", "f", 1, 1));
    std::this_thread::sleep_for(milliseconds(5));
    EXPECT_GE(persister_->data_at_risk().oldest_age, milliseconds(4));
  }
}

// The persister may be kept from running between two looks, by a busy machine. A record that came
// then counted from the second look on: its age was told too low. It counts from the first.
TEST(DataAtRiskAge, IsNeverLowerThanThatOfARecordThatCameWhileThePersisterDidNotRun) {
  StepTime time(1);
  MemoryFileSystem files;
  files.simulate(time);
  const auto wal = WalManager::open_on(files, "/data").value();
  FactorWalConfig config;
  config.channel = ChannelKind::kFile;
  config.adaptive = false;
  config.max_delay_ms = 100;
  FactorWalPersister persister(wal, config);
  auto& core = persister.core();
  ASSERT_TRUE(persister.send_update("A", "f", 1, 1));
  while (persister.marks().durable < 1) {
    time.pass(milliseconds(10));
    core.step();
  }
  core.step();  // nothing waits
  ASSERT_TRUE(persister.send_update("A", "f", 1, 1));
  time.pass(milliseconds(7));
  core.step();
  time.pass(milliseconds(1));
  EXPECT_EQ(persister.data_at_risk().records, 1U);
  EXPECT_GE(persister.data_at_risk().oldest_age, milliseconds(8));
}

}  // namespace
}  // namespace factorwal::test
