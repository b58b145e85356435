// Everything that a send accepts comes back as it was; everything else is refused with a reason.

#include <bit>
#include <cmath>
#include <limits>

#include "persist/persister_fixture.h"

namespace factorwal::test {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

using ContentTest = PersisterTest;

const std::vector<double>& special_values() {
  using Limits = std::numeric_limits<double>;
  static const std::vector<double> values = {
      0.0,
      -0.0,
      Limits::infinity(),
      -Limits::infinity(),
      Limits::denorm_min(),
      -Limits::denorm_min(),
      Limits::min() / 2,
      Limits::max(),
      Limits::lowest(),
      Limits::epsilon(),
      std::bit_cast<double>(std::uint64_t{0x7ff8000000000000}),  // the quiet one
      std::bit_cast<double>(std::uint64_t{0xfff8000000000000}),  // its sign set
      std::bit_cast<double>(std::uint64_t{0x7ff8000000000001}),  // a payload
      std::bit_cast<double>(std::uint64_t{0x7fffffffffffffff}),  // all of it
      std::bit_cast<double>(std::uint64_t{0x7ff0000000000001}),  // signalling
      std::bit_cast<double>(std::uint64_t{0xfff4000000000000}),  // signalling, sign set
  };
  return values;
}

TEST_F(ContentTest, EveryKindOfDoubleIsStoredAsItIs) {
  start();
  FactorValues snapshot;
  for (const double value : special_values()) {
    ASSERT_TRUE(persister_->send_update("A", "f", value, 1));
    snapshot["f" + std::to_string(snapshot.size())] = value;
  }
  ASSERT_TRUE(persister_->send_vector_update("A", "v", special_values(), 2));
  ASSERT_TRUE(persister_->send_snapshot("A", snapshot, 3));
  const auto records = finish();
  const auto count = special_values().size();
  ASSERT_EQ(records.size(), count + 2);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(bits(records[i].value), bits(special_values()[i])) << i;
    EXPECT_EQ(bits(records[count].values.at(i)), bits(special_values()[i])) << i;
  }
  ASSERT_EQ(records[count + 1].factors.size(), count);
  for (const auto& [id, value] : records[count + 1].factors) {
    EXPECT_EQ(bits(value), bits(snapshot.at(id))) << id;
  }
}

TEST_F(ContentTest, AnyTimestampIsStoredAsItIs) {
  using Limits = std::numeric_limits<TimestampNs>;
  const std::vector<TimestampNs> times = {
      0, -1, Limits::max(), Limits::min() + 1, 1, Limits::max(), 1'735'689'600'000'000'000};
  start();
  for (const auto time : times) ASSERT_TRUE(persister_->send_update("A", "f", 1, time));
  const auto records = finish();
  ASSERT_EQ(records.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(records[i].timestamp_ns, times[i]);
}

TEST_F(ContentTest, IdsOfOneTo255BytesOfUtf8ComeBack) {
  const std::vector<std::string> ids = {"a",
                                        std::string(255, 'x'),
                                        "沪铜2501",
                                        "🦀",
                                        "with space, \"quotes\"\n",
                                        std::string(1, '\0'),
                                        "\xed\x9f\xbf\xee\x80\x80",
                                        "\xf4\x8f\xbf\xbf"};
  start();
  for (const auto& id : ids) {
    ASSERT_TRUE(persister_->send_update(id, id, 1, 1)) << id;
    ASSERT_TRUE(persister_->send_vector_update(id, id, {}, 1)) << id;
    ASSERT_TRUE(persister_->send_snapshot(id, {{id, 1.0}}, 1)) << id;
  }
  const auto records = finish();
  ASSERT_EQ(records.size(), 3 * ids.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].instrument, ids[i / 3]);
    const auto& factor = i % 3 == 2 ? records[i].factors.at(0).first : records[i].factor;
    EXPECT_EQ(factor, ids[i / 3]);
  }
}

TEST_F(ContentTest, OtherIdsAreRefusedWithTheReason) {
  struct Case {
    std::string id;
    const char* reason;
  };
  const std::vector<Case> cases = {{"", "empty"},
                                   {std::string(256, 'x'), "256 bytes; at most 255"},
                                   {"\xff", "not UTF-8"},
                                   {"\xc0\xaf", "not UTF-8"},          // overlong
                                   {"\xed\xa0\x80", "not UTF-8"},      // a surrogate
                                   {"\xf4\x90\x80\x80", "not UTF-8"},  // above U+10FFFF
                                   {"\xe6\xb2", "not UTF-8"}};         // cut short
  start();
  const auto expect_refused = [](const auto& result, const Case& c, const char* what) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::kInvalidArgument);
    EXPECT_NE(result.error().message.find(c.reason), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find(what), std::string::npos) << result.error().message;
  };
  for (const auto& c : cases) {
    expect_refused(persister_->send_update(c.id, "f", 1, 1), c, "instrument id");
    expect_refused(persister_->send_update("A", c.id, 1, 1), c, "factor id");
    expect_refused(persister_->send_vector_update(c.id, "f", {}, 1), c, "instrument id");
    expect_refused(persister_->send_vector_update("A", c.id, {}, 1), c, "factor id");
    expect_refused(persister_->send_snapshot(c.id, {}, 1), c, "instrument id");
    expect_refused(persister_->send_snapshot("A", {{c.id, 1.0}}, 1), c, "factor id");
    expect_refused(persister_->instrument(c.id), c, "instrument id");
    expect_refused(persister_->factor(c.id), c, "factor id");
  }
  EXPECT_EQ(persister_->marks().accepted, 0U);
  EXPECT_TRUE(finish().empty());
}

TEST_F(ContentTest, VectorsOfAnyLengthThatFitsComeBack) {
  start();
  const std::vector<std::size_t> lengths = {0, 1, 7, 100'000, kVectorLengthMax};
  for (const auto length : lengths) {
    std::vector<double> values(length);
    for (std::size_t i = 0; i < length; ++i) values[i] = static_cast<double>(i) * 0.1;
    ASSERT_TRUE(persister_->send_vector_update("A", "v", values, static_cast<TimestampNs>(length)));
  }
  const auto records = finish();
  ASSERT_EQ(records.size(), lengths.size());
  for (std::size_t r = 0; r < records.size(); ++r) {
    EXPECT_EQ(records[r].type, RecordType::kVectorUpdate);
    EXPECT_EQ(records[r].timestamp_ns, static_cast<TimestampNs>(lengths[r]));
    ASSERT_EQ(records[r].values.size(), lengths[r]);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < lengths[r]; ++i) {
      if (bits(records[r].values[i]) != bits(static_cast<double>(i) * 0.1)) ++wrong;
    }
    EXPECT_EQ(wrong, 0U);
  }
}

TEST_F(ContentTest, AVectorAboveTheLimitIsRefusedWithTheLimit) {
  start();
  const std::vector<double> values(kVectorLengthMax + 1);
  const auto sent = persister_->send_vector_update("A", "v", values, 1);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kInvalidArgument);
  EXPECT_EQ(sent.error().message, "500001 vector values; at most 500000 fit a record");
  const auto instrument = persister_->instrument("A").value();
  const auto factor = persister_->factor("v").value();
  EXPECT_EQ(persister_->send_vector_update(instrument, factor, values, 1).status,
            SendStatus::kTooLarge);
  EXPECT_TRUE(finish().empty());
}

FactorValues snapshot_of(std::size_t count) {
  FactorValues factors;
  for (std::size_t i = 0; i < count; ++i) {
    factors.emplace("f" + std::to_string(i), static_cast<double>(i));
  }
  return factors;
}

TEST_F(ContentTest, SnapshotsOfAnySizeThatFitsComeBackWithTheLastEventTime) {
  start();
  const std::vector<std::size_t> sizes = {0, 1, 20'000, kSnapshotFactorsMax};
  for (const auto size : sizes) {
    ASSERT_TRUE(persister_->send_snapshot("A", snapshot_of(size), size)) << size;
    ASSERT_TRUE(persister_->send_update("A", "f0", 1, static_cast<TimestampNs>(size + 5)));
  }
  const auto records = finish();
  ASSERT_EQ(records.size(), 2 * sizes.size());
  for (std::size_t r = 0; r < sizes.size(); ++r) {
    const auto& record = records[2 * r];
    EXPECT_EQ(record.type, RecordType::kSnapshot);
    EXPECT_EQ(record.checkpoint_id, sizes[r]);
    const auto before = r == 0 ? kNoTimestamp : static_cast<TimestampNs>(sizes[r - 1] + 5);
    EXPECT_EQ(record.timestamp_ns, before);
    const auto expected = snapshot_of(sizes[r]);
    const FactorValues found(record.factors.begin(), record.factors.end());
    EXPECT_EQ(found, expected);
  }
}

TEST_F(ContentTest, ASnapshotsTimeIsTheMaximumOfEventTimes) {
  start();
  ASSERT_TRUE(persister_->send_update("A", "f", 1, 50));
  ASSERT_TRUE(persister_->send_vector_update("A", "v", {}, 70));
  ASSERT_TRUE(persister_->send_update("A", "f", 1, 60));
  ASSERT_TRUE(persister_->send_update("B", "f", 1, 99));
  ASSERT_TRUE(persister_->send_snapshot("A", {{"f", 1.0}}, 1));
  EXPECT_EQ(finish().back().timestamp_ns, 70);
}

TEST_F(ContentTest, ASnapshotAboveTheLimitIsRefusedWithTheLimit) {
  start();
  const auto sent = persister_->send_snapshot("A", snapshot_of(kSnapshotFactorsMax + 1), 1);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kInvalidArgument);
  EXPECT_EQ(sent.error().message, "300001 snapshot factors; at most 300000 fit a record");
  EXPECT_TRUE(finish().empty());
}

TEST_F(ContentTest, ASmallChannelLowersTheLimits) {
  FactorWalConfig config;
  config.channel_bytes = 64 << 10;
  start(config);
  constexpr std::size_t kLongest = ((32 << 10) - 48) / 8;
  const std::vector<double> values(kLongest + 1, 1.5);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(persister_->send_vector_update("A", "v", std::span(values).first(kLongest), i));
  }
  const auto sent = persister_->send_vector_update("A", "v", values, 1);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kInvalidArgument);
  EXPECT_EQ(sent.error().message,
            "4091 vector values; at most 4090 fit half the channel: raise channel_bytes");
  constexpr std::size_t kMost = ((32 << 10) - 48) / 12;
  EXPECT_TRUE(persister_->send_snapshot("A", snapshot_of(kMost), 1));
  EXPECT_FALSE(persister_->send_snapshot("A", snapshot_of(kMost + 1), 1));
  EXPECT_EQ(finish().size(), 101U);
}

TEST_F(ContentTest, MessagesOfEveryKindComeBack) {
  start();
  ASSERT_TRUE(persister_->send(FactorWalMessage::Update{"A", "f", 1.5, 10}));
  ASSERT_TRUE(persister_->send(FactorWalMessage::VectorUpdate{"A", "v", {1, 2, 3}, 11}));
  ASSERT_TRUE(persister_->send(FactorWalMessage::Snapshot{"A", {{"f", 2.5}, {"g", 3.5}}, 7}));
  ASSERT_TRUE(persister_->send_time(12));
  const std::vector<std::byte> position(kPositionBytesMax, std::byte{7});
  ASSERT_TRUE(persister_->send_position(position));
  const std::vector<std::byte> longer(kPositionBytesMax + 1);
  EXPECT_EQ(persister_->send_position(longer).status, SendStatus::kTooLarge);
  const auto records = finish();
  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(records[0].type, RecordType::kUpdate);
  EXPECT_EQ(records[0].value, 1.5);
  EXPECT_EQ(records[0].timestamp_ns, 10);
  EXPECT_EQ(records[1].values, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(records[2].factors.size(), 2U);
  EXPECT_EQ(records[2].checkpoint_id, 7U);
  EXPECT_EQ(records[2].timestamp_ns, 11);
  EXPECT_EQ(records[3].type, RecordType::kTime);
  EXPECT_EQ(records[3].timestamp_ns, 12);
  EXPECT_EQ(records[4].type, RecordType::kPosition);
}

}  // namespace
}  // namespace factorwal::test
