// When a commit starts, and what the marks and waits say of it. No test has an upper bound of
// time but kLong, which only a failing one reaches.

#include <atomic>
#include <thread>

#include "persist/persister_fixture.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class TimingTest : public PersisterTest {
 protected:
  Ticket send(double value = 1) { return persister_->send_update("A", "f", value, 1).value(); }
  /// Only looks.
  [[nodiscard]] bool becomes_durable(Sequence sequence) const {
    for (const auto end = Clock::now() + kLong; Clock::now() < end;) {
      if (persister_->marks().durable >= sequence) return true;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return false;
  }
};

TEST_F(TimingTest, TheThreePresetsAreTheSeedPages) {
  const auto balanced = FactorWalConfig::balanced();
  EXPECT_EQ(balanced.batch_size, 100U);
  EXPECT_EQ(balanced.max_delay_ms, 10U);
  EXPECT_TRUE(balanced.enable_group_commit);
  const FactorWalConfig standard;
  EXPECT_EQ(standard.batch_size, 100U);
  EXPECT_EQ(standard.max_delay_ms, 10U);
  EXPECT_TRUE(standard.enable_group_commit);
  const auto throughput = FactorWalConfig::high_throughput();
  EXPECT_EQ(throughput.batch_size, 1000U);
  EXPECT_EQ(throughput.max_delay_ms, 50U);
  EXPECT_TRUE(throughput.enable_group_commit);
  const auto latency = FactorWalConfig::low_latency();
  EXPECT_EQ(latency.batch_size, 10U);
  EXPECT_EQ(latency.max_delay_ms, 1U);
  EXPECT_FALSE(latency.enable_group_commit);
}

TEST_F(TimingTest, ALoneRecordIsDurableThoughNothingFollows) {
  start(seed_timing(100, 10));
  send();
  EXPECT_TRUE(becomes_durable(1));
}

TEST_F(TimingTest, ALoneRecordWaitsForMaxDelay) {
  start(seed_timing(100, 80));
  const auto begun = Clock::now();
  send();
  EXPECT_TRUE(becomes_durable(1));
  EXPECT_GE(Clock::now() - begun, milliseconds(80));
}

TEST_F(TimingTest, EachLoneRecordOfManyIsDurableThoughNothingFollows) {
  start(seed_timing(1000, 2));
  for (Sequence i = 1; i <= 50; ++i) {
    send();
    ASSERT_TRUE(becomes_durable(i)) << i;
  }
}

TEST_F(TimingTest, AdaptiveCommitsALoneRecordAtOnce) {
  FactorWalConfig config;
  config.max_delay_ms = kHour;
  start(config);
  send();
  EXPECT_TRUE(becomes_durable(1));
}

TEST_F(TimingTest, AFullBatchStartsACommitLongBeforeMaxDelay) {
  start(seed_timing(50, kHour));
  for (int i = 0; i < 50; ++i) send();
  EXPECT_TRUE(becomes_durable(50));
}

TEST_F(TimingTest, AFullBatchOfSeveralSendersStartsACommit) {
  start(seed_timing(60, kHour));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 20; ++i) send();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(becomes_durable(60));
}

TEST_F(TimingTest, AnUnfinishedBatchWaits) {
  start(seed_timing(50, kHour));
  for (int i = 0; i < 49; ++i) send();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(persister_->marks().written, 0U);
  EXPECT_EQ(persister_->marks().accepted, 49U);
  EXPECT_EQ(finish().size(), 49U) << "shutdown commits it";
}

TEST_F(TimingTest, DelaysAndBatchesOfAnySizeAreTaken) {
  start(seed_timing(~std::size_t{0}, ~std::uint64_t{0}));
  send();
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(persister_->marks().written, 0U);
  EXPECT_TRUE(persister_->flush(kLong));
  persister_.reset();
  start(seed_timing(0, ~std::uint64_t{0}));
  send();
  EXPECT_TRUE(becomes_durable(2));
}

TEST_F(TimingTest, FlushMakesAnUnfinishedBatchDurable) {
  start(seed_timing(1000, kHour));
  for (Sequence round = 1; round <= 20; ++round) {
    send();
    ASSERT_TRUE(persister_->flush(kLong));
    EXPECT_EQ(persister_->marks().durable, round);
    EXPECT_EQ(persister_->data_at_risk().records, 0U);
    EXPECT_EQ(persister_->data_at_risk().bytes, 0U);
    EXPECT_EQ(persister_->data_at_risk().oldest_age.count(), 0);
  }
}

TEST_F(TimingTest, FlushCoversWhatOtherThreadsAreJustSending) {
  auto config = seed_timing(100'000'000, kHour);
  config.channel_bytes = 256 << 10;  // short commits, also on a busy machine
  start(config);
  std::atomic<bool> stop{false};
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t) {
    senders.emplace_back([&] {
      while (!stop) send();
    });
  }
  for (int i = 0; i < 50; ++i) {
    const auto accepted = persister_->marks().accepted;
    ASSERT_TRUE(persister_->flush(kLong));
    ASSERT_GE(persister_->marks().durable, accepted);
  }
  stop = true;
  for (auto& sender : senders) sender.join();
}

TEST_F(TimingTest, FlushOfNothingReturnsAtOnce) {
  start();
  EXPECT_TRUE(persister_->flush(std::chrono::nanoseconds(0)));
}

TEST_F(TimingTest, WaitingForATicketWaitsForThatRecord) {
  start(seed_timing(1000, 20));
  send();
  const auto ticket = send();
  EXPECT_TRUE(persister_->wait_durable(ticket, kLong));
  EXPECT_GE(persister_->marks().durable, 2U);
}

TEST_F(TimingTest, TicketsOfDifferentThreadsAreWaitedForByAnyThread) {
  start();
  Ticket other;
  std::thread([&] { other = send(); }).join();
  const auto mine = send();
  EXPECT_TRUE(persister_->wait_durable(other, kLong));
  EXPECT_TRUE(persister_->wait_durable(mine, kLong));
}

TEST_F(TimingTest, WaitingForASequenceWaitsForThatRecord) {
  start(seed_timing(1000, 20));
  send();
  send();
  EXPECT_TRUE(persister_->wait_durable(persister_->marks().accepted, kLong));
  EXPECT_EQ(persister_->marks().durable, 2U);
  EXPECT_TRUE(persister_->wait_durable(Sequence{0}, kLong));
}

TEST_F(TimingTest, WaitingForWhatWasAppendedToTheLogMakesItDurable) {
  start(seed_timing(1000, kHour));
  const auto sequence = wal_->append(FactorWalMessage::Update{"A", "f", 1, 1});
  ASSERT_TRUE(sequence);
  EXPECT_TRUE(persister_->wait_durable(*sequence, kLong));
  EXPECT_EQ(wal_->durable_sequence(), 1U);
}

TEST_F(TimingTest, AWaitThatIsTooShortTimesOut) {
  start(seed_timing(1000, kHour));
  const auto ticket = send();
  EXPECT_EQ(persister_->wait_durable(ticket, milliseconds(5)).error().code, Errc::kTimeout);
  EXPECT_EQ(persister_->wait_durable(Sequence{1}, milliseconds(5)).error().code, Errc::kTimeout);
  const std::unique_lock blocked(wal_->log().mutex);
  EXPECT_EQ(persister_->flush(milliseconds(5)).error().code, Errc::kTimeout);
}

TEST_F(TimingTest, ATicketOfNobodyIsRefused) {
  start();
  EXPECT_EQ(persister_->wait_durable(Ticket{}, kLong).error().code, Errc::kInvalidArgument);
  auto ticket = send();
  EXPECT_TRUE(persister_->wait_durable(ticket, kLong));
  ticket.producer = 77;
  EXPECT_EQ(persister_->wait_durable(ticket, kLong).error().code, Errc::kInvalidArgument);
}

/// Failure: a ticket of before was answered by what the persister of now had done.
TEST_F(TimingTest, ATicketOfAnotherPersisterIsRefused) {
  start();
  const auto earlier = send();
  ASSERT_TRUE(persister_->wait_durable(earlier, kLong));
  ASSERT_TRUE(persister_->shutdown());
  start();
  const auto own = send();
  EXPECT_EQ(own.producer, earlier.producer);
  EXPECT_EQ(persister_->wait_durable(earlier, kLong).error().code, Errc::kInvalidArgument);
  EXPECT_TRUE(persister_->wait_durable(own, kLong));
}

TEST_F(TimingTest, WaitingForWhatWillNeverComeEndsWithTheShutdown) {
  start();
  std::thread waiter([this] {
    EXPECT_EQ(persister_->wait_durable(Sequence{99}, kLong).error().code, Errc::kClosed);
  });
  std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(persister_->shutdown());
  waiter.join();
}

TEST_F(TimingTest, AcceptedIsNeverBehindWrittenNorWrittenBehindDurable) {
  for (const auto& config :
       {FactorWalConfig::balanced(), FactorWalConfig::low_latency(), seed_timing(100, 5)}) {
    start(config);
    std::atomic<bool> stop{false};
    std::uint64_t looks = 0;
    std::thread observer([&] {
      DurabilityMarks last;
      while (!stop) {
        const auto marks = persister_->marks();
        ASSERT_GE(marks.accepted, marks.written);
        ASSERT_GE(marks.written, marks.durable);
        ASSERT_GE(marks.accepted, last.accepted);
        ASSERT_GE(marks.written, last.written);
        ASSERT_GE(marks.durable, last.durable);
        last = marks;
        ++looks;
      }
    });
    std::thread second([&] {
      for (int i = 0; i < 20'000; ++i) send();
    });
    for (int i = 0; i < 20'000; ++i) send();
    second.join();
    EXPECT_TRUE(persister_->shutdown());
    stop = true;
    observer.join();
    EXPECT_GT(looks, 0U);
    const auto marks = persister_->marks();
    EXPECT_EQ(marks.accepted, marks.durable);
  }
}

TEST_F(TimingTest, WithoutGroupCommitRecordsAreWrittenSoonAndDurableOnlyOnDemand) {
  auto config = FactorWalConfig::low_latency();
  config.sync_interval_ms = kHour;
  start(config);
  EXPECT_FALSE(persister_->power_safe());
  const auto ticket = send();
  while (persister_->marks().written < 1) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(persister_->marks().durable, 0U);
  EXPECT_EQ(persister_->data_at_risk().records, 1U);
  EXPECT_GE(persister_->data_at_risk().oldest_age, milliseconds(20));
  EXPECT_EQ(persister_->data_at_risk().bytes, 0U) << "its channel space is free again";

  EXPECT_TRUE(persister_->wait_durable(ticket, kLong));
  EXPECT_EQ(persister_->marks().durable, 1U);
  send();
  EXPECT_TRUE(persister_->wait_durable(Sequence{2}, kLong));
  send();
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_EQ(persister_->marks().durable, 3U);
  EXPECT_EQ(persister_->data_at_risk().records, 0U);
  send();
  EXPECT_TRUE(persister_->shutdown());
  EXPECT_EQ(persister_->marks().durable, 4U);
}

TEST_F(TimingTest, WithoutGroupCommitTheSyncIntervalMakesRecordsDurable) {
  auto config = FactorWalConfig::low_latency();
  config.sync_interval_ms = 30;
  start(config);
  for (Sequence i = 1; i <= 3; ++i) {
    send();
    ASSERT_TRUE(becomes_durable(i)) << i;
  }
}

TEST_F(TimingTest, WithGroupCommitEveryCommitIsOneSync) {
  start(seed_timing(1000, kHour));
  EXPECT_TRUE(persister_->power_safe());
  const auto before = persister_->stats();
  for (int i = 0; i < 20; ++i) {
    send();
    EXPECT_TRUE(persister_->flush(kLong));
  }
  const auto after = persister_->stats();
  EXPECT_EQ(after.commits - before.commits, 20U);
  EXPECT_EQ(after.syncs - before.syncs, 20U);
  EXPECT_GT(after.bytes_written, before.bytes_written);
}

TEST_F(TimingTest, SendsAfterShutdownAreRefusedAndShutdownRepeatsItsAnswer) {
  start();
  const auto instrument = persister_->instrument("A").value();
  const auto factor = persister_->factor("f").value();
  send();
  EXPECT_TRUE(persister_->shutdown());
  EXPECT_TRUE(persister_->shutdown());
  EXPECT_EQ(persister_->send_update(instrument, factor, 1, 1).status, SendStatus::kClosed);
  EXPECT_EQ(persister_->send_update("A", "f", 1, 1).error().code, Errc::kClosed);
  EXPECT_EQ(persister_->send_vector_update("A", "f", {}, 1).error().code, Errc::kClosed);
  EXPECT_EQ(persister_->send_snapshot("A", {}, 1).error().code, Errc::kClosed);
  EXPECT_EQ(persister_->send_time(1).status, SendStatus::kClosed);
  EXPECT_EQ(persister_->send_position({}).status, SendStatus::kClosed);
  EXPECT_EQ(persister_->marks().accepted, 1U);
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_EQ(finish().size(), 1U);
}

}  // namespace
}  // namespace factorwal::test
