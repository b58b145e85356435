/// Columns and blocks: every bit comes back, in order, and bytes that nobody wrote do no harm.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "wal/chunk/block_builder.h"
#include "wal/chunk/block_decoder.h"
#include "wal/chunk/number_column.h"
#include "wal/chunk/relation_search.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

using Random = std::mt19937_64;

std::uint64_t random_integer(Random& random, unsigned kind) {
  switch (kind) {
    case 0: return 0;
    case 1: return random() % 16;
    case 2: return random() >> (random() % 64);
    case 3: return random() % 50 == 0 ? random() : random() % 300;
    case 4: return random() % 100 == 0 ? random() >> (random() % 64) : 0;
    case 5: return random() % 2 == 0 ? 0 : random() % 5000;
    default: return random();
  }
}

TEST(IntegerColumn, GivesAllIntegersBack) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::uint64_t> values(random() % 1100);
    const auto kind = static_cast<unsigned>(random() % 7);
    for (auto& value : values) value = random_integer(random, kind);
    Bytes bytes(column_bound(values.size()));
    auto used_up = values;
    const auto* end = store_integers(bytes.data(), used_up);
    const auto size = static_cast<std::size_t>(end - bytes.data());
    ASSERT_LE(size + kColumnSlack, bytes.size());
    Cursor cursor(ByteView(bytes).first(size));
    std::vector<std::uint64_t> back(values.size());
    ASSERT_TRUE(load_integers(cursor, back));
    ASSERT_EQ(cursor.remaining(), 0U);
    ASSERT_EQ(back, values) << "round " << round;
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_integers(passing, values.size()));
    ASSERT_EQ(passing.remaining(), 0U);
    for (std::size_t cut = 0; cut < size; cut += 1 + size / 16) {
      Cursor shorter(ByteView(bytes).first(cut));
      ASSERT_FALSE(load_integers(shorter, back)) << "cut to " << cut;
      Cursor passing_shorter(ByteView(bytes).first(cut));
      ASSERT_FALSE(pass_integers(passing_shorter, values.size())) << "cut to " << cut;
    }
  }
}

// Whatever bytes come: both ways of reading agree whether they are a column.
TEST(IntegerColumn, PassesOverJustWhatItLoads) {
  Random random(7);
  int columns = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(1 + random() % 200 + kColumnSlack);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    constexpr unsigned kForms[] = {1, 7, 56, 57, 64, 65, 66, 127, 128, 129, 140, 192, 193};
    bytes[0] = static_cast<std::byte>(kForms[random() % std::size(kForms)]);
    if (random() % 2 == 0) bytes[1] = static_cast<std::byte>(random() % 3);
    const auto view = ByteView(bytes).first(bytes.size() - kColumnSlack);
    std::vector<std::uint64_t> values(random() % 40);
    Cursor loading(view);
    Cursor passing(view);
    const bool loaded = load_integers(loading, values);
    ASSERT_EQ(loaded, pass_integers(passing, values.size())) << "round " << round;
    if (!loaded) continue;
    ++columns;
    ASSERT_EQ(loading.remaining(), passing.remaining());
  }
  EXPECT_GT(columns, 500);
}

TEST(NumberColumn, GivesTimesAndOrdinalsBack) {
  Random random(2);
  auto scratch = std::make_unique<ColumnScratch>();
  const std::uint64_t units[] = {1, 1000, 1'000'000, 500'000'000, 1'000'000'000};
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint64_t> numbers(1 + random() % 300);
    const auto unit = units[random() % 5];
    const auto kind = random() % 3;
    std::uint64_t number = random() % 2 == 0 ? random() : 1'600'000'000'000'000'000;
    for (auto& next : numbers) {
      next = kind == 0 ? random() : number;
      number += unit * (kind == 1 ? 1 : random() % 5);
    }
    std::vector<std::uint32_t> begins = {0};
    for (std::uint32_t row = 1; row < numbers.size(); ++row) {
      if (kind == 2 && random() % 8 == 0) begins.push_back(row);
    }
    Bytes bytes(number_column_bound(numbers.size()));
    const auto* end = store_numbers(bytes.data(), numbers, begins, *scratch);
    const auto size = static_cast<std::size_t>(end - bytes.data());
    Cursor cursor(ByteView(bytes).first(size));
    std::vector<std::uint64_t> back(numbers.size());
    ASSERT_TRUE(load_numbers(cursor, back, begins));
    ASSERT_EQ(back, numbers) << "round " << round;
    ASSERT_EQ(cursor.remaining(), 0U);
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_numbers(passing, numbers.size()));
    ASSERT_EQ(passing.remaining(), 0U);
  }
}

double hostile_value(Random& random) {
  constexpr std::uint64_t kBits[] = {0x0000000000000000, 0x8000000000000000, 0x7ff8000000000000,
                                     0xfff8000000000000, 0x7ff0000000000001, 0xffffffffffffffff,
                                     0x7ff0000000000000, 0xfff0000000000000, 0x0000000000000001,
                                     0x800fffffffffffff, 0x7fefffffffffffff, 0x4330000000000001};
  switch (random() % 4) {
    case 0: return std::bit_cast<double>(kBits[random() % std::size(kBits)]);
    case 1: return std::bit_cast<double>(random());
    case 2: return static_cast<double>(random() % 100'000) / 5;
    default: return std::ldexp(1.0, static_cast<int>(random() % 2000) - 1000);
  }
}

// Whatever a writer expects, and however wrong that is, the bits come back.
TEST(ValueColumn, GivesEveryBitBackUnderEveryRelation) {
  Random random(3);
  auto scratch = std::make_unique<ColumnScratch>();
  constexpr std::size_t kColumns = 6;
  for (int round = 0; round < 4000; ++round) {
    const std::size_t rows = 1 + random() % kTickChunkRows;
    std::vector<double> values(kColumns * (rows + 8));
    const bool hostile = random() % 2 == 0;
    for (auto& value : values) {
      value = hostile ? hostile_value(random) : static_cast<double>(random() % 9000) / 100;
    }
    std::vector<std::uint32_t> begins = {0};
    for (std::uint32_t row = 1; row < rows; ++row) {
      if (random() % 20 == 0) begins.push_back(row);
    }
    const ColumnBlock block{values.data(), rows + 8, rows, begins};
    Expectation expectation;
    expectation.relation = static_cast<Relation>(random() % kRelationCount);
    if (has_digits(expectation.relation)) {
      expectation.digits = static_cast<std::uint8_t>(random() % (kDigitsMax + 1));
    }
    if (has_count(expectation.relation)) {
      expectation.count = 1 + static_cast<std::uint32_t>(random() % 400);
    }
    for (unsigned i = 0; i < operand_count(expectation.relation); ++i) {
      expectation.operands[i] = static_cast<std::uint32_t>(random() % (kColumns - 1));
    }
    Bytes bytes(value_column_bound(rows));
    const auto* end = store_value_column(bytes.data(), block, kColumns - 1, expectation, *scratch);
    if (end == nullptr) {
      ASSERT_EQ(expectation.relation, Relation::kDecimal);
      continue;
    }
    const auto size = static_cast<std::size_t>(end - bytes.data());
    ASSERT_LE(size, bytes.size());
    const std::vector<double> truth(block.column(kColumns - 1), block.column(kColumns - 1) + rows);
    std::fill_n(block.column(kColumns - 1), rows, 0.0);
    Cursor cursor(ByteView(bytes).first(size));
    ASSERT_TRUE(load_value_column(cursor, block, kColumns - 1, *scratch));
    ASSERT_EQ(cursor.remaining(), 0U);
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_value_column(passing, rows, kColumns - 1));
    ASSERT_EQ(passing.remaining(), 0U);
    ASSERT_EQ(std::memcmp(truth.data(), block.column(kColumns - 1), rows * sizeof(double)), 0)
        << "round " << round << ", relation " << static_cast<unsigned>(expectation.relation);
  }
}

struct Found {
  const char* what;
  Relation relation;
  double (*value)(const double* row, const double* before, double own_before);
};

TEST(RelationSearch, FindsWhatFactorsAreMadeOf) {
  const Found found[] = {
      {"same", Relation::kSame, [](auto* r, auto*, double) { return r[0]; }},
      {"difference", Relation::kDifference, [](auto* r, auto*, double) { return r[0] - r[1]; }},
      {"sum", Relation::kSum, [](auto* r, auto*, double) { return r[0] + r[1]; }},
      {"middle", Relation::kMiddle, [](auto* r, auto*, double) { return (r[0] + r[1]) / 2; }},
      {"reflected", Relation::kReflected,
       [](auto* r, auto*, double) { return r[0] - (r[1] - r[0]); }},
      {"quotient", Relation::kQuotient, [](auto* r, auto*, double) { return r[0] / r[1]; }},
      {"imbalance", Relation::kImbalance,
       [](auto* r, auto*, double) { return (r[0] - r[1]) / (r[0] + r[1]); }},
      {"score", Relation::kScore, [](auto* r, auto*, double) { return (r[0] - r[1]) / r[2]; }},
      {"step", Relation::kStep, [](auto* r, auto* b, double) { return r[0] - b[0]; }},
      {"average", Relation::kAverage,
       [](auto* r, auto*, double own) { return own + 2.0 / 27.0 * (r[0] - own); }},
      {"mean", Relation::kMean,
       [](auto* r, auto*, double) { return std::round(r[0] * 1e3) / 10 / 7; }},
      {"deviation", Relation::kDeviation,
       [](auto* r, auto*, double) { return std::sqrt(std::round(r[0] * 1e6) / 38000); }}};
  Random random(4);
  auto scratch = std::make_unique<ColumnScratch>();
  constexpr std::size_t kRows = 128;
  for (const auto& one : found) {
    std::vector<double> values(4 * (kRows + 8));
    const std::uint32_t begins[] = {0, 70};
    const ColumnBlock block{values.data(), kRows + 8, kRows, begins};
    double before[3] = {100, 100, 100};
    double own = 100;
    for (std::size_t i = 0; i < kRows; ++i) {
      double row[3];
      for (std::size_t c = 0; c < 3; ++c) {
        row[c] = before[c] + std::ldexp(static_cast<double>(random() >> 12), -52) - 0.5;
        block.column(c)[i] = row[c];
      }
      own = one.value(row, before, own);
      block.column(3)[i] = own;
      std::copy_n(row, 3, before);
    }
    Bytes buffer(value_column_bound(kRows));
    EXPECT_EQ(search_relation(block, 3, {}, buffer.data(), *scratch).relation, one.relation)
        << one.what;
  }
}

class BlockTest : public ::testing::Test {
 protected:
  struct Record {
    bool tick = false;
    std::uint32_t instrument = 0;
    std::uint32_t key = 0;
    TimestampNs time = 0;
    std::uint64_t ordinal = 0;
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
    TimestampNs time = 1'600'000'000'000'000'000;
    Bytes position(9);
    for (std::size_t i = 0; i < count; ++i) {
      auto& record = records[i];
      record.tick = mode == 0 ? false : mode == 1 ? true : random() % 3 != 0;
      record.instrument =
          static_cast<std::uint32_t>(in_turn ? i % instruments : random() % instruments);
      record.key = static_cast<std::uint32_t>(random() % (record.tick ? 3 : 40));
      record.time = hostile && random() % 9 == 0 ? static_cast<TimestampNs>(random()) : time;
      record.ordinal = random() % 9 == 0 ? random() : i;
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
      const bool added = r.tick ? waiting_.add_tick({r.instrument}, {r.key}, r.time, r.ordinal,
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
    ASSERT_EQ(record.ordinal, truth.ordinal);
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
      ASSERT_EQ(record.ordinal, truth.ordinal);
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
    std::map<std::uint32_t, TimestampNs> truth;
    for (const auto& record : records) {
      const auto [known, added] = truth.emplace(record.instrument, record.time);
      if (!added) known->second = std::max(known->second, record.time);
    }
    std::map<std::uint32_t, TimestampNs> found;
    decoder.event_times([&](InstrumentHandle instrument, TimestampNs time) {
      const auto [known, added] = found.emplace(instrument.index, time);
      if (!added) known->second = std::max(known->second, time);
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
  ASSERT_TRUE(waiting_.add_tick({0}, {0}, 1, 0, {}, std::as_bytes(std::span(values))));
  EXPECT_FALSE(waiting_.add_tick({1}, {0}, 1, 0, {}, std::as_bytes(std::span(values).first(2))));
  EXPECT_EQ(waiting_.size(), 1U);
  EXPECT_EQ(waiting_.series().size(), 1U);
}

}  // namespace
}  // namespace factorwal::wal::test
