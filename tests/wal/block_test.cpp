/// Blocks: every record comes back, in order, and bytes that nobody wrote do no harm.

#include <gtest/gtest.h>

#include <map>

#include "wal/chunk/block_builder.h"
#include "wal/chunk/block_decoder.h"
#include "wal/hostile_value.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

class BlockTest : public ::testing::Test {
 protected:
  struct Record {
    bool tick = false;
    std::uint32_t instrument = 0;
    std::uint32_t key = 0;
    TimestampNs time = 0;
    TickNumber number;
    std::vector<double> values;
    Bytes position;
  };

  void SetUp() override {
    for (std::uint64_t i = 0; i < 40; ++i) {
      (void)names_.instruments.intern(numbered("i", i));
      (void)names_.factors.intern(numbered("f", i));
    }
    (void)names_.layouts.intern({{"close"}, {"f", "g"}, "x"});
    (void)names_.layouts.intern({{"close", "volume"}, {"f", "g", "h", "i", "j"}, "y"});
    (void)names_.layouts.intern({{}, {}, "z"});
  }

  static std::vector<Record> random_records(Random& random, std::size_t count) {
    std::vector<Record> records(count);
    const auto instruments = 1 + static_cast<std::uint32_t>(random() % 40);
    const auto mode = random() % 4;
    const bool in_turn = random() % 2 == 0;
    const bool hostile = random() % 2 == 0;
    const bool positions = random() % 2 == 0;
    // All counted, each instrument one way, or either way from tick to tick.
    const auto counting = random() % 3;
    TimestampNs time = 1'600'000'000'000'000'000;
    Bytes position(9);
    for (std::size_t i = 0; i < count; ++i) {
      auto& record = records[i];
      record.tick = mode == 0 ? false : mode == 1 ? true : random() % 3 != 0;
      record.instrument =
          static_cast<std::uint32_t>(in_turn ? i % instruments : random() % instruments);
      record.key = static_cast<std::uint32_t>(random() % (record.tick ? 3 : 40));
      record.time = hostile && random() % 9 == 0 ? static_cast<TimestampNs>(random()) : time;
      record.number = {random() % 9 == 0 ? random() : i,
                       counting == 0 || (counting == 1 ? record.instrument : random()) % 2 == 0};
      time += 500'000'000;
      constexpr std::size_t kCounts[] = {3, 7, 0};
      record.values.resize(record.tick ? kCounts[record.key] : 1);
      for (auto& value : record.values) {
        value = hostile ? hostile_value(random) : static_cast<double>(random() % 999) / 10;
      }
      if (!positions || !record.tick || random() % 7 == 0) continue;
      if (random() % 9 == 0) position.resize(random() % 20);
      for (auto& byte : position) {
        if (random() % 3 == 0) byte = static_cast<std::byte>(random() % 3);
      }
      record.position = position;
    }
    return records;
  }

  /// The block of these records, and its chunks.
  ByteView store(const std::vector<Record>& records) {
    waiting_.clear();
    bodies_.clear();
    for (const auto& r : records) {
      const bool added = r.tick ? waiting_.add_tick({r.instrument}, {r.key}, r.time, r.number,
                                                    r.position, std::as_bytes(std::span(r.values)))
                                : waiting_.add_update({r.instrument}, {r.key}, r.time, r.values[0]);
      EXPECT_TRUE(added);
    }
    const auto content = builder_.store(waiting_, bodies_);
    content_.assign(content.begin(), content.end());
    content_.resize(content.size() + kColumnSlack);
    chunks_.clear();
    std::size_t at = 0;
    for (const auto& mark : bodies_.marks) {
      chunks_.push_back({bodies_.bytes().subspan(at, mark.bytes), true});
      at += mark.bytes;
    }
    return ByteView(content_).first(content.size());
  }

  Status start(BlockDecoder& decoder, ByteView content, std::size_t records_max) {
    std::size_t chunk = 0;
    auto done = decoder.start(content, records_max, chunks_, chunk);
    if (done) {
      EXPECT_EQ(chunk, chunks_.size());
    }
    return done;
  }

  static void expect_equal(const LogRecord& record, const Record& truth) {
    ASSERT_EQ(record.type, truth.tick ? RecordType::kTick : RecordType::kUpdate);
    ASSERT_EQ(record.instrument.index, truth.instrument);
    ASSERT_EQ(record.timestamp_ns, truth.time);
    if (!truth.tick) {
      ASSERT_EQ(record.factor.index, truth.key);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(record.value),
                std::bit_cast<std::uint64_t>(truth.values[0]));
      return;
    }
    ASSERT_EQ(record.layout_handle.index, truth.key);
    ASSERT_EQ(record.tick_number, truth.number);
    ASSERT_TRUE(std::ranges::equal(record.position, truth.position));
    std::vector<double> values(record.fields.begin(), record.fields.end());
    values.insert(values.end(), record.values.begin(), record.values.end());
    ASSERT_EQ(values.size(), truth.values.size());
    ASSERT_TRUE(std::ranges::equal(std::as_bytes(std::span(values)),
                                   std::as_bytes(std::span(truth.values))));
  }

  static void expect_back(BlockDecoder& decoder, const std::vector<Record>& records) {
    LogRecord record;
    ASSERT_EQ(decoder.left(), records.size());
    for (const auto& truth : records) {
      ASSERT_TRUE(decoder.next(record));
      expect_equal(record, truth);
      if (HasFatalFailure()) return;
    }
  }

  static void expect_outline(BlockDecoder& decoder, const std::vector<Record>& records) {
    LogRecord record;
    ASSERT_EQ(decoder.left(), records.size());
    for (const auto& truth : records) {
      ASSERT_TRUE(decoder.pass(record));
      ASSERT_EQ(record.type, truth.tick ? RecordType::kTick : RecordType::kUpdate);
      ASSERT_EQ(record.instrument.index, truth.instrument);
      if (!truth.tick) continue;
      ASSERT_EQ(record.layout_handle.index, truth.key);
      ASSERT_EQ(record.tick_number, truth.number);
    }
  }

  NameTable names_;
  WaitingRecords waiting_;
  BlockBuilder builder_;
  ChunkBodies bodies_;
  Bytes content_;
  std::vector<ChunkView> chunks_;
};

TEST_F(BlockTest, GivesEveryRecordBackInOrderBitForBit) {
  Random random(5);
  BlockDecoder decoder(names_);
  for (int round = 0; round < 300; ++round) {
    const auto records = random_records(random, 1 + random() % 1500);
    const auto content = store(records);
    const auto started = start(decoder, content, records.size());
    ASSERT_TRUE(started) << started.error().message;
    expect_back(decoder, records);
    if (HasFatalFailure()) FAIL() << "round " << round << " of seed 5";
    EXPECT_FALSE(start(decoder, content, records.size() - 1)) << "more than the frame counts";
    std::size_t chunk = 0;
    ASSERT_TRUE(decoder.start_outline(content, records.size(), chunks_, chunk));
    expect_outline(decoder, records);
    if (HasFatalFailure()) FAIL() << "round " << round << " of seed 5, outline";
  }
}

TEST_F(BlockTest, UpdatesTakenTogetherAreThoseGivenOneByOne) {
  Random random(6);
  BlockDecoder decoder(names_);
  for (int round = 0; round < 50; ++round) {
    auto records = random_records(random, 2 + random() % 3000);
    const bool mixed = std::ranges::any_of(records, &Record::tick);
    ASSERT_TRUE(start(decoder, store(records), records.size()));
    LogRecord record;
    (void)decoder.next(record);
    EXPECT_EQ(decoder.take_updates().values.empty(), mixed);
    std::erase_if(records, &Record::tick);
    if (records.size() < 2) continue;
    const auto content = store(records);
    ASSERT_TRUE(start(decoder, content, records.size()));
    ASSERT_TRUE(decoder.next(record));
    const auto run = decoder.take_updates();
    ASSERT_EQ(run.values.size(), records.size() - 1);
    EXPECT_EQ(decoder.left(), 0U);
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      record.type = RecordType::kUpdate;
      record.instrument = {run.targets[i].instrument};
      record.factor = {run.targets[i].factor};
      record.timestamp_ns = static_cast<TimestampNs>(run.times[i]);
      record.value = run.values[i];
      expect_equal(record, records[i + 1]);
      if (HasFatalFailure()) FAIL() << "round " << round << " of seed 6";
    }
    chunks_.back().intact = false;
    ASSERT_TRUE(start(decoder, content, records.size()));
    EXPECT_TRUE(decoder.take_updates().values.empty()) << "some are lost";
  }
}

TEST_F(BlockTest, EventTimesAreThoseOfItsRecords) {
  Random random(7);
  BlockDecoder decoder(names_);
  for (int round = 0; round < 200; ++round) {
    const auto records = random_records(random, 1 + random() % 1500);
    const auto content = store(records);
    std::size_t chunk = 0;
    ASSERT_TRUE(decoder.start_times(content, records.size(), chunks_, chunk));
    ASSERT_EQ(decoder.left(), records.size());
    const auto note = [](auto& latest, std::uint32_t instrument, TimestampNs time) {
      const auto [known, added] = latest.emplace(instrument, time);
      if (!added) known->second = std::max(known->second, time);
    };
    std::map<std::uint32_t, TimestampNs> truth;
    for (const auto& record : records) note(truth, record.instrument, record.time);
    std::map<std::uint32_t, TimestampNs> found;
    decoder.event_times([&](InstrumentHandle instrument, TimestampNs time) {
      note(found, instrument.index, time);
    });
    ASSERT_EQ(found, truth) << "round " << round << " of seed 7";
  }
}

TEST_F(BlockTest, ABadChunkCostsItsOwnRecordsAlone) {
  Random random(8);
  BlockDecoder decoder(names_);
  for (int round = 0; round < 100; ++round) {
    const auto records = random_records(random, 1 + random() % 1500);
    const auto content = store(records);
    const auto bad = random() % chunks_.size();
    chunks_[bad].intact = false;
    ASSERT_TRUE(start(decoder, content, records.size()));
    ASSERT_EQ(decoder.lost().size(), 1U);
    const auto& lost = decoder.lost()[0];
    EXPECT_EQ(lost.chunk.data(), chunks_[bad].bytes.data());
    EXPECT_FALSE(lost.series.empty());
    EXPECT_LE(lost.rows, kChunkRowsMax);
    std::uint64_t missing = 0;
    LogRecord record;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (decoder.next(record)) {
        expect_equal(record, records[i]);
        if (HasFatalFailure()) FAIL() << "round " << round << " of seed 8, record " << i;
        continue;
      }
      if (missing++ == 0) {
        EXPECT_EQ(lost.first, i);
      }
      if (missing == lost.rows) {
        EXPECT_EQ(lost.last, i);
      }
    }
    EXPECT_EQ(missing, lost.rows);
    EXPECT_EQ(decoder.left(), 0U);
  }
}

// A head may say anything: it is refused, or gives as many records as it counts.
TEST_F(BlockTest, AnyByteChangedDoesNoHarm) {
  Random random(6);
  const auto content = store(random_records(random, 60));
  BlockDecoder decoder(names_);
  LogRecord record;
  int refused = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    for (const unsigned change : {0x01U, 0x10U, 0x80U, 0xffU}) {
      content_[i] ^= static_cast<std::byte>(change);
      std::size_t chunk = 0;
      if (decoder.start(content, 60, chunks_, chunk)) {
        while (decoder.left() > 0) (void)decoder.next(record);
      } else {
        ++refused;
        EXPECT_EQ(decoder.left(), 0U);
      }
      content_[i] ^= static_cast<std::byte>(change);
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_TRUE(start(decoder, content, 60));
}

TEST_F(BlockTest, WithAnyByteOfAChunkChangedDoesNoHarm) {
  Random random(9);
  const auto content = store(random_records(random, 60));
  BlockDecoder decoder(names_);
  LogRecord record;
  for (auto& byte : std::span(bodies_.buffer).first(bodies_.end)) {
    for (const unsigned change : {0x01U, 0x10U, 0x80U, 0xffU}) {
      byte ^= static_cast<std::byte>(change);
      std::size_t chunk = 0;
      if (decoder.start(content, 60, chunks_, chunk)) {
        while (decoder.left() > 0) (void)decoder.next(record);
      }
      byte ^= static_cast<std::byte>(change);
    }
  }
  EXPECT_TRUE(start(decoder, content, 60));
}

TEST_F(BlockTest, TicksOfOneLayoutWithAnotherNumberOfValuesAreForAnotherBlock) {
  const std::vector<double> values(3);
  waiting_.clear();
  ASSERT_TRUE(waiting_.add_tick({0}, {0}, 1, {}, {}, std::as_bytes(std::span(values))));
  EXPECT_FALSE(waiting_.add_tick({1}, {0}, 1, {}, {}, std::as_bytes(std::span(values).first(2))));
  EXPECT_EQ(waiting_.size(), 1U);
  EXPECT_EQ(waiting_.series().size(), 1U);
}

}  // namespace
}  // namespace factorwal::wal::test
