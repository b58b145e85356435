#include <atomic>
#include <bit>
#include <map>
#include <thread>

#include "channel/ring_register.h"
#include "persist/persister_fixture.h"
#include "support/sanitizers.h"

namespace factorwal::test {
namespace {

constexpr std::uint64_t kMany = kSanitizesAddresses || kSanitizesThreads ? 200'000 : 1'000'000;

/// Every bit pattern is a value.
double value_of(std::uint64_t sender, std::uint64_t i) {
  return std::bit_cast<double>((i + 1) * 0x9e3779b97f4a7c15U ^ (sender << 60U));
}

class LosslessTest : public PersisterTest {
 protected:
  /// Sends `count` updates of the calling thread's own instrument as fast as they go.
  void send_many(std::uint64_t sender, std::uint64_t count) {
    const auto instrument = persister_->instrument("sender" + std::to_string(sender)).value();
    const auto factor = persister_->factor("count").value();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto sent = persister_->send_update(instrument, factor, value_of(sender, i),
                                                static_cast<TimestampNs>(i));
      ASSERT_TRUE(sent) << to_string(sent.status);
    }
  }

  /// The log holds `count` updates of each sender, in the order of their sending, and no others.
  void expect_all(std::uint64_t senders, std::uint64_t count) {
    std::vector<std::uint64_t> next(senders, 0);
    std::uint64_t wrong = 0;
    for_each_record(directory(), [&](const LogRecord& record) {
      const auto sender = std::stoull(std::string(record.instrument_id.substr(6)));
      const auto i = next.at(sender)++;
      const bool right = record.type == RecordType::kUpdate && record.factor_id == "count" &&
                         record.timestamp_ns == static_cast<TimestampNs>(i) &&
                         std::bit_cast<std::uint64_t>(record.value) ==
                             std::bit_cast<std::uint64_t>(value_of(sender, i));
      if (!right) ++wrong;
    });
    EXPECT_EQ(wrong, 0U);
    for (const auto sent : next) EXPECT_EQ(sent, count);
  }

  void expect_lossless(std::uint64_t senders, std::uint64_t count, FactorWalConfig config) {
    start(config);
    std::vector<std::thread> threads;
    for (std::uint64_t s = 0; s < senders; ++s) {
      threads.emplace_back([this, s, count] { send_many(s, count); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(persister_->shutdown());
    EXPECT_EQ(persister_->marks().durable, senders * count);
    EXPECT_TRUE(wal_->close());
    expect_all(senders, count);
  }
};

TEST_F(LosslessTest, ShutdownRightAfterAMillionSendsLosesNothing) {
  expect_lossless(1, kMany, FactorWalConfig::balanced());
}

TEST_F(LosslessTest, DestructionRightAfterAMillionSendsLosesNothing) {
  start();
  send_many(0, kMany);
  persister_.reset();
  wal_.reset();
  expect_all(1, kMany);
}

TEST_F(LosslessTest, TheSeedsTimingLosesNothing) {
  expect_lossless(1, kMany / 4, seed_timing(100, 10));
}

TEST_F(LosslessTest, TheLowLatencyPresetLosesNothing) {
  expect_lossless(1, kMany / 4, FactorWalConfig::low_latency());
}

TEST_F(LosslessTest, ASpinningPersisterLosesNothing) {
  FactorWalConfig config;
  config.persister_wait = FactorWalConfig::PersisterWait::kSpin;
  expect_lossless(1, kMany / 10, config);
}

TEST_F(LosslessTest, TwoSendersKeepTheirOrderAndEachRecordComesOnce) {
  expect_lossless(2, kMany / 2, FactorWalConfig::high_throughput());
}

TEST_F(LosslessTest, FourSendersThroughTheSmallestChannelKeepTheirOrder) {
  FactorWalConfig config;
  config.channel_bytes = 1;
  expect_lossless(4, kMany / 10, config);
}

TEST_F(LosslessTest, ShutdownWhileSendersRunKeepsExactlyWhatWasAccepted) {
  constexpr std::uint64_t kSenders = 3;
  start();
  std::vector<std::uint64_t> accepted(kSenders, 0);
  std::vector<std::thread> threads;
  for (std::uint64_t s = 0; s < kSenders; ++s) {
    threads.emplace_back([this, s, &accepted] {
      const auto instrument = persister_->instrument("sender" + std::to_string(s)).value();
      const auto factor = persister_->factor("count").value();
      for (;;) {
        const auto sent = persister_->send_update(instrument, factor, value_of(s, accepted[s]),
                                                  static_cast<TimestampNs>(accepted[s]));
        if (!sent) {
          EXPECT_EQ(sent.status, SendStatus::kClosed);
          return;
        }
        EXPECT_EQ(sent.ticket.ordinal, ++accepted[s]);
      }
    });
  }
  while (persister_->marks().durable < 1000) std::this_thread::yield();
  EXPECT_TRUE(persister_->shutdown());
  for (auto& thread : threads) thread.join();
  const auto total = accepted[0] + accepted[1] + accepted[2];
  EXPECT_EQ(persister_->marks().accepted, total);
  EXPECT_EQ(persister_->marks().durable, total);
  EXPECT_TRUE(wal_->close());
  std::vector<std::uint64_t> found(kSenders, 0);
  for_each_record(directory(), [&](const LogRecord& record) {
    const auto s = std::stoull(std::string(record.instrument_id.substr(6)));
    EXPECT_EQ(record.timestamp_ns, static_cast<TimestampNs>(found.at(s)++));
  });
  EXPECT_EQ(found, accepted);
}

// The ring of a thread that began to send during or after a shutdown stayed on record (and, under
// the thread sanitizer, the list of rings was read while it grew).
TEST_F(LosslessTest, AThreadWhoseFirstSendComesAfterAShutdownIsRefusedAndLeavesNoRing) {
  start();
  const auto instrument = persister_->instrument("I").value();
  const auto factor = persister_->factor("count").value();
  ASSERT_TRUE(persister_->send_update(instrument, factor, 1, 1));  // this thread's ring is taken
  ASSERT_TRUE(persister_->shutdown());
  SendResult sent;
  std::thread([&] { sent = persister_->send_update(instrument, factor, 2, 2); }).join();
  EXPECT_EQ(sent.status, SendStatus::kClosed);
  const auto rings = channel::load_ring_register(posix_file_system(), directory());
  ASSERT_TRUE(rings);
  EXPECT_TRUE(rings->rings.empty());
}

TEST_F(LosslessTest, ThreadsThatComeAndGoNeitherLoseNorReorder) {
  constexpr int kThreads = 500;
  constexpr int kEach = 20;
  start();
  const auto factor = persister_->factor("count").value();
  std::vector<std::thread> running;
  for (int t = 0; t < kThreads; ++t) {
    running.emplace_back([this, t, factor] {
      const auto instrument = persister_->instrument("thread" + std::to_string(t)).value();
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(persister_->send_update(instrument, factor, i, i));
      }
    });
    if (running.size() == 5) {
      for (auto& thread : running) thread.join();
      running.clear();
    }
  }
  for (auto& thread : running) thread.join();
  std::map<std::string, int> next;
  for (const auto& record : finish()) {
    EXPECT_EQ(record.value, next[record.instrument]++) << record.instrument;
  }
  EXPECT_EQ(next.size(), static_cast<std::size_t>(kThreads));
  for (const auto& [instrument, count] : next) EXPECT_EQ(count, kEach) << instrument;
}

TEST_F(LosslessTest, AThreadServesManyPersistersOneAfterTheOther) {
  for (int i = 0; i < 50; ++i) {
    start();
    ASSERT_TRUE(persister_->send_update("A", "f", i, i));
    persister_.reset();
  }
  EXPECT_TRUE(wal_->close());
  const auto records = read_records(directory());
  ASSERT_EQ(records.size(), 50U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].value, static_cast<double>(i));
  }
}

TEST_F(LosslessTest, TwoPersistersOfOneProcessStayApart) {
  const TempDir other_dir;
  start();
  auto other_wal = open_wal(other_dir.path().string());
  FactorWalPersister other(other_wal);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        ASSERT_TRUE(persister_->send_update("here" + std::to_string(t), "f", i, i));
        ASSERT_TRUE(other.send_update("there" + std::to_string(t), "g", -i, i));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(other.shutdown());
  EXPECT_TRUE(other_wal->close());
  const auto check = [](const std::vector<ReadRecord>& records, const std::string& name, int sign) {
    std::map<std::string, int> next;
    for (const auto& record : records) {
      EXPECT_EQ(record.instrument.substr(0, name.size()), name);
      EXPECT_EQ(record.value, sign * next[record.instrument]++);
    }
    EXPECT_EQ(records.size(), 10'000U);
  };
  check(finish(), "here", 1);
  check(read_records(other_dir.path().string()), "there", -1);
}

TEST_F(LosslessTest, RecordsAppendedToTheLogDirectlyMixWithThoseSent) {
  constexpr int kEach = 3000;
  start();
  std::thread appender([this] {
    for (int i = 0; i < kEach; ++i) {
      ASSERT_TRUE(wal_->append(FactorWalMessage::Update{"appended", "f", double(i), i}));
      if (i % 500 == 0) {
        EXPECT_TRUE(wal_->flush_group_commit());
      }
    }
  });
  for (int i = 0; i < kEach; ++i) ASSERT_TRUE(persister_->send_update("sent", "f", i, i));
  appender.join();
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_EQ(persister_->data_at_risk().records, 0U);
  std::map<std::string, int> next;
  for (const auto& record : finish()) EXPECT_EQ(record.value, next[record.instrument]++);
  EXPECT_EQ(next["appended"], kEach);
  EXPECT_EQ(next["sent"], kEach);
}

TEST_F(LosslessTest, ManyInstrumentsShareALogAndStayApart) {
  constexpr int kInstruments = 1000;
  constexpr int kRounds = 20;
  start();
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kInstruments; ++i) {
      ASSERT_TRUE(persister_->send_update("I" + std::to_string(i), "f" + std::to_string(i % 7),
                                          i * 1000 + round, round));
    }
  }
  std::map<std::string, int> rounds;
  for (const auto& record : finish()) {
    const int i = std::stoi(record.instrument.substr(1));
    EXPECT_EQ(record.factor, "f" + std::to_string(i % 7));
    EXPECT_EQ(record.value, i * 1000 + rounds[record.instrument]++);
  }
  EXPECT_EQ(rounds.size(), static_cast<std::size_t>(kInstruments));
  for (const auto& [instrument, count] : rounds) EXPECT_EQ(count, kRounds) << instrument;
}

TEST_F(LosslessTest, ANewPersisterContinuesTheSequencesOfTheLog) {
  start();
  ASSERT_TRUE(persister_->send_update("A", "f", 1, 1));
  EXPECT_EQ(finish().size(), 1U);
  wal_ = open_wal(directory());
  start();
  EXPECT_EQ(persister_->marks().durable, 1U);
  const auto ticket = persister_->send_update("A", "f", 2, 2);
  ASSERT_TRUE(ticket);
  EXPECT_TRUE(persister_->wait_durable(*ticket, kLong));
  EXPECT_EQ(persister_->marks().durable, 2U);
  const auto records = finish();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].value, 2);
}

}  // namespace
}  // namespace factorwal::test
