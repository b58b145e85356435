// A disk that fails: it is said at once, to everyone, with the reason, and nothing is claimed
// durable afterwards.

#include <thread>

#include "persist/persister_fixture.h"
#include "support/faulty_disk.h"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;

class FailureTest : public testing::Test {
 protected:
  FailureTest() : wal_(WalManager::open_on(disk_, dir_.path().string()).value()) {}
  void start(FactorWalConfig config = {}) {
    persister_ = std::make_unique<FactorWalPersister>(wal_, config);
    instrument_ = persister_->instrument("A").value();
    factor_ = persister_->factor("f").value();
  }
  SendResult send(double value) { return persister_->send_update(instrument_, factor_, value, 1); }
  void send_durably(double value) {
    const auto sent = send(value);
    ASSERT_TRUE(sent);
    ASSERT_TRUE(persister_->wait_durable(sent.ticket, kLong));
  }
  void expect_stopped(const std::string& reason) {
    const auto status = persister_->status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::kPoisoned);
    EXPECT_EQ(status.error().errno_value, EIO);
    EXPECT_NE(status.error().message.find(reason), std::string::npos) << status.error().message;
    EXPECT_EQ(send(9).status, SendStatus::kStopped);
    const auto by_name = persister_->send_update("A", "f", 9, 1);
    ASSERT_FALSE(by_name);
    EXPECT_EQ(by_name.error().code, Errc::kPoisoned);
    EXPECT_NE(by_name.error().message.find(reason), std::string::npos);
    const auto stopped = persister_->shutdown();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().message, status.error().message);
    EXPECT_FALSE(persister_->shutdown());
  }

  TempDir dir_;
  FaultyDisk disk_;
  std::shared_ptr<WalManager> wal_;
  std::unique_ptr<FactorWalPersister> persister_;
  InstrumentHandle instrument_;
  FactorHandle factor_;
};

TEST_F(FailureTest, AFailedSyncStopsSendsAndDurabilityAndSaysWhy) {
  start();
  send_durably(1);
  disk_.fail_syncs();
  const auto sent = send(2);
  ASSERT_TRUE(sent);
  const auto waited = persister_->wait_durable(sent.ticket, kLong);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Errc::kPoisoned);
  EXPECT_EQ(persister_->flush(kLong).error().code, Errc::kPoisoned);
  EXPECT_EQ(persister_->wait_durable(Sequence{2}, kLong).error().code, Errc::kPoisoned);
  EXPECT_TRUE(persister_->wait_durable(Sequence{1}, kLong)) << "that one is";
  EXPECT_EQ(persister_->marks().durable, 1U);
  EXPECT_EQ(persister_->marks().accepted, 2U);
  EXPECT_EQ(persister_->data_at_risk().records, 1U);
  EXPECT_GT(persister_->data_at_risk().oldest_age.count(), 0);
  expect_stopped("sync");
}

TEST_F(FailureTest, AFailedWriteStopsSendsAndDurabilityAndSaysWhy) {
  start();
  send_durably(1);
  disk_.fail_writes();
  ASSERT_TRUE(send(2));
  EXPECT_EQ(persister_->flush(kLong).error().code, Errc::kPoisoned);
  EXPECT_EQ(persister_->marks().durable, 1U);
  EXPECT_EQ(persister_->marks().written, 1U);
  expect_stopped("write");
}

TEST_F(FailureTest, WithoutGroupCommitAFailedSyncIsSaidToo) {
  auto config = FactorWalConfig::low_latency();
  config.sync_interval_ms = 5;
  start(config);
  disk_.fail_syncs();
  ASSERT_TRUE(send(1));
  while (persister_->status()) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(persister_->marks().durable, 0U);
  expect_stopped("sync");
}

TEST_F(FailureTest, ThoseWhoWaitForDurabilityAreWoken) {
  start();
  disk_.stall();
  const auto sent = send(1);
  ASSERT_TRUE(sent);
  std::vector<std::thread> waiters;
  waiters.emplace_back([&] {
    EXPECT_EQ(persister_->wait_durable(sent.ticket, kLong).error().code, Errc::kPoisoned);
  });
  waiters.emplace_back([&] {
    EXPECT_EQ(persister_->wait_durable(Sequence{1}, kLong).error().code, Errc::kPoisoned);
  });
  waiters.emplace_back([&] { EXPECT_EQ(persister_->flush(kLong).error().code, Errc::kPoisoned); });
  std::this_thread::sleep_for(milliseconds(20));
  disk_.fail_syncs();
  disk_.resume();
  for (auto& waiter : waiters) waiter.join();
}

TEST_F(FailureTest, ThoseWhoWaitForSpaceAreWoken) {
  FactorWalConfig config;
  config.channel_bytes = 1;
  start(config);
  disk_.stall();
  std::thread sender([this] {
    SendResult last;
    while ((last = send(1))) continue;
    EXPECT_EQ(last.status, SendStatus::kStopped);
  });
  while (persister_->stats().waits == 0) std::this_thread::sleep_for(milliseconds(1));
  disk_.fail_syncs();
  disk_.resume();
  sender.join();
}

TEST_F(FailureTest, AStalledDiskDelaysNoSendAndNoLook) {
  start();
  disk_.stall();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(send(i));
  EXPECT_EQ(persister_->marks().accepted, 1000U);
  EXPECT_EQ(persister_->marks().durable, 0U);
  EXPECT_EQ(persister_->data_at_risk().records, 1000U);
  EXPECT_EQ(persister_->flush(milliseconds(5)).error().code, Errc::kTimeout);
  disk_.resume();
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_EQ(persister_->marks().durable, 1000U);
}

TEST_F(FailureTest, ReopeningRecoversWhatWasDurable) {
  start();
  send_durably(1);
  disk_.fail_syncs();
  ASSERT_TRUE(send(2));
  EXPECT_FALSE(persister_->flush(kLong));
  persister_.reset();
  EXPECT_FALSE(wal_->close());
  wal_.reset();
  auto reopened = WalManager::open(dir_.path().string());
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_FALSE((*reopened)->recovery().clean);
  EXPECT_TRUE((*reopened)->close());
  const auto records = read_records(dir_.path().string());
  ASSERT_GE(records.size(), 1U);
  EXPECT_EQ(records[0].value, 1);
  if (records.size() > 1) {
    EXPECT_EQ(records[1].value, 2) << "written, and may survive";
  }
}

}  // namespace
}  // namespace factorwal::test
