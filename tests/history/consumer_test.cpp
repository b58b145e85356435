#include "factorwal/consumer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "factorwal/persister.h"
#include "support/temp_dir.h"

namespace factorwal {
namespace {

class Consumer : public testing::Test {
 protected:
  Consumer() : wal_(WalManager::open(dir_ / "log").value()) {}
  FactorWalConsumer recovered() {
    FactorWalConsumer consumer(wal_);
    consumer.recover().value();
    return consumer;
  }
  test::TempDir dir_;
  std::shared_ptr<WalManager> wal_;
};

TEST_F(Consumer, TheLastValueInOrderOfAcceptanceWins) {
  {
    FactorWalPersister persister(wal_);
    persister.send_update("a", "x", 1, 100).value();
    persister.send_update("a", "x", 2, 50).value();  // an older event, accepted later
    persister.send_update("b", "x", 3, 10).value();
  }
  const auto consumer = recovered();
  EXPECT_EQ(consumer.get_instrument_factors("a")->at("x"), 2);
  EXPECT_EQ(consumer.get_instrument_factors("b")->at("x"), 3);
  EXPECT_EQ(consumer.last_timestamp(), 100);
  EXPECT_EQ(consumer.get_recovered_factors().size(), 2U);
  EXPECT_EQ(consumer.get_instrument_factors("c"), nullptr);
}

TEST_F(Consumer, ASnapshotReplacesWhatCameBeforeAndLosesToWhatComesAfter) {
  {
    FactorWalPersister persister(wal_);
    persister.send_update("a", "gone", 1, 300).value();
    persister.send_update("a", "kept", 2, 200).value();
    persister.send_update("b", "x", 9, 900).value();
    persister.send_snapshot("a", {{"kept", 5}, {"new", 6}}, 1).value();
    persister.send_update("a", "new", 7, 1).value();  // older by its time, later by acceptance
  }
  const auto consumer = recovered();
  const auto& a = *consumer.get_instrument_factors("a");
  EXPECT_EQ(a, (FactorValues{{"kept", 5}, {"new", 7}}));
  EXPECT_EQ(consumer.get_instrument_factors("b")->at("x"), 9);
}

TEST_F(Consumer, ASnapshotCarriesItsInstrumentsLastEventTime) {
  {
    FactorWalPersister persister(wal_);
    persister.send_update("a", "x", 1, 300).value();
    persister.send_update("a", "x", 1, 200).value();
    persister.send_update("b", "x", 1, 900).value();
    persister.send_snapshot("a", {{"x", 5}}, 1).value();
    persister.send_snapshot("never", {{"x", 5}}, 2).value();
  }
  wal_.reset();
  wal_ = WalManager::open(dir_ / "log").value();
  {
    FactorWalPersister persister(wal_);
    persister.send_snapshot("a", {{"x", 6}}, 3).value();  // known from the log by now
  }
  auto records = wal_->read_all_records().value();
  std::vector<TimestampNs> times;
  LogRecord record;
  while (records.next(record).value()) {
    if (record.type == RecordType::kSnapshot) times.push_back(record.timestamp_ns);
  }
  EXPECT_EQ(times, (std::vector<TimestampNs>{300, kNoTimestamp, 300}));
}

TEST_F(Consumer, NonFiniteValuesComeBackBitForBit) {
  const double odd[] = {std::bit_cast<double>(0x7ff8dead'beef0001ULL),
                        -std::numeric_limits<double>::quiet_NaN(),
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(),
                        -0.0,
                        std::numeric_limits<double>::denorm_min()};
  {
    FactorWalPersister persister(wal_);
    for (std::size_t i = 0; i < std::size(odd); ++i) {
      persister.send_update("a", std::to_string(i), odd[i], 1).value();
    }
    persister.send_vector_update("a", "all", odd, 2).value();
  }
  const auto consumer = recovered();
  for (std::size_t i = 0; i < std::size(odd); ++i) {
    const auto expected = std::bit_cast<std::uint64_t>(odd[i]);
    EXPECT_EQ(
        std::bit_cast<std::uint64_t>(consumer.get_instrument_factors("a")->at(std::to_string(i))),
        expected);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(consumer.get_instrument_vectors("a")->at("all")[i]),
              expected);
  }
}

TEST_F(Consumer, AnEmptyLogHasNoTime) {
  const auto consumer = recovered();
  EXPECT_EQ(consumer.last_timestamp(), kNoTimestamp);
  EXPECT_TRUE(consumer.get_recovered_factors().empty());
  FactorWalConsumer nowhere(dir_ / "nowhere");
  EXPECT_EQ(nowhere.recover().error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace factorwal
