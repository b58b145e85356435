// A history's rows are those that a pass over the log's records gives, bit for bit, whatever is
// asked for and whatever the log looks like.
#include "history/history_rows.h"

#include <gtest/gtest.h>

#include "wal/log_story.h"

namespace factorwal::test {
namespace {

using wal::test::kDirectory;
using wal::test::Story;

constexpr std::array kSets{DataSet::kTicks, DataSet::kUpdates, DataSet::kVectors,
                           DataSet::kSnapshots};

class HistoryTest : public testing::Test {
 protected:
  /// A log on new files.
  void write(std::uint64_t seed, std::size_t frames, std::size_t records) {
    story_.reset();
    disk_ = std::make_unique<MemoryFileSystem>();
    story_.emplace(*disk_, seed);
    ASSERT_OK(story_->open());
    for (std::size_t i = 0; i < frames; ++i) ASSERT_OK(story_->commit(1 + (i * 37) % records));
  }
  [[nodiscard]] wal::LogView view() { return wal::open_log_view(*disk_, kDirectory).value(); }
  void expect_same(const HistoryQuery& query) {
    const auto expected = expected_rows(*disk_, view(), query);
    const auto found = history_rows(*disk_, view(), query);
    ASSERT_EQ(found.rows, expected.rows);
    EXPECT_EQ(found.findings, expected.findings);
    EXPECT_LE(found.largest_batch, query.batch_rows);
    rows_ += found.rows.size();
  }

  std::unique_ptr<MemoryFileSystem> disk_;
  std::optional<Story> story_;
  std::size_t rows_ = 0;
};

HistoryQuery any_query(std::mt19937_64& random) {
  HistoryQuery query;
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  const auto some_ids = [&](char prefix) {
    std::vector<std::string> ids;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      ids.push_back(one_in(5) ? std::string(1, prefix)
                              : prefix + std::to_string(random() % (prefix == 'x' ? 8 : 50)));
    }
    return ids;
  };
  query.data_set = kSets[random() % kSets.size()];
  if (one_in(2)) query.instruments = some_ids('I');
  if (one_in(3)) query.inputs = {"bid", "close", "none"};
  if (one_in(3)) query.factors = some_ids(query.data_set == DataSet::kTicks ? 'x' : 'f');
  if (one_in(3))
    query.from = 1'600'000'000'000'000'000 + static_cast<TimestampNs>(random() % 1000000000);
  if (one_in(3))
    query.to = 1'600'000'000'000'000'000 + static_cast<TimestampNs>(random() % 1000000000);
  if (one_in(4)) query.first_sequence = random() % 3000;
  if (one_in(4)) query.last_sequence = random() % 3000;
  if (one_in(4)) query.sequences = false;
  if (one_in(2)) query.batch_rows = 1 + random() % 100;
  return query;
}

TEST_F(HistoryTest, ANameThatTheLogNeverHadIsRefusedWhereKnownOnesAreAskedFor) {
  write(1, 30, 40);
  const auto open = [&](const HistoryQuery& query) {
    return history::HistoryScan::open(*disk_, view(), query);
  };
  HistoryQuery query;
  query.inputs.emplace();
  query.factors.emplace();
  const auto all = open({}).value()->no_rows();
  for (const auto& column : all.columns) {
    (column.is_factor ? query.factors : query.inputs)->push_back(std::string(column.id()));
  }
  ASSERT_FALSE(query.factors->empty());
  query.known_names = true;
  EXPECT_TRUE(open(query).has_value());
  for (auto* names : {&query.inputs, &query.factors}) {
    auto asked = *names;
    (*names)->push_back(asked->front() + "_");
    const auto refused = open(query);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kNotFound);
    EXPECT_NE(refused.error().message.find("did you mean `"), std::string::npos);
    query.known_names = false;
    EXPECT_TRUE(open(query).has_value());
    query.known_names = true;
    *names = asked;
  }
}

TEST_F(HistoryTest, RowsAreThoseOfTheRecordsWhateverIsAskedFor) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    write(seed, 60, 100);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 60; ++i) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " query " << i);
      expect_same(any_query(random));
    }
    if (seed % 2 == 0) ASSERT_OK(story_->close());
    for (const auto set : kSets) {
      HistoryQuery all;
      all.data_set = set;
      expect_same(all);
    }
  }
  EXPECT_GT(rows_, 50000U);
}

/// Every segment but the first few bytes of it, at many places, one at a time.
TEST_F(HistoryTest, DamageCostsAndIsToldAsForRecords) {
  write(3, 60, 100);
  ASSERT_OK(story_->close());
  const auto undamaged = view();
  std::mt19937_64 random(3);
  std::size_t told = 0;
  for (int i = 0; i < 150; ++i) {
    const auto& segment = undamaged.segments[random() % undamaged.segments.size()];
    const auto offset = 4096 + random() % (segment.end - 4096);
    SCOPED_TRACE(testing::Message() << segment.path << " at " << offset);
    disk_->flip(segment.path, offset, 0x10);
    for (const auto set : kSets) {
      HistoryQuery query;
      query.data_set = set;
      const auto expected = expected_rows(*disk_, view(), query);
      const auto found = history_rows(*disk_, view(), query);
      ASSERT_EQ(found.rows, expected.rows);
      told += found.findings.size();
    }
    HistoryQuery ticks;
    const auto expected = expected_rows(*disk_, view(), ticks);
    // Chunks that hold no tick are not read.
    for (const auto& finding : history_rows(*disk_, view(), ticks).findings) {
      EXPECT_NE(std::ranges::find(expected.findings, finding), expected.findings.end()) << finding;
    }
    disk_->flip(segment.path, offset, 0x10);
  }
  EXPECT_GT(told, 100U);
}

TEST_F(HistoryTest, RowsBehindTheLookAtOpenAreNotRead) {
  write(4, 20, 60);
  const auto look = view();
  HistoryQuery query;
  query.data_set = DataSet::kUpdates;
  const auto before = history_rows(*disk_, look, query);
  auto scan = history::HistoryScan::open(*disk_, look, query).value();
  for (int i = 0; i < 10; ++i) ASSERT_OK(story_->commit(60));
  HistoryRows after;
  read_batches(*scan, after);
  EXPECT_EQ(after.rows, before.rows);
  EXPECT_TRUE(after.findings.empty());
  EXPECT_GT(history_rows(*disk_, view(), query).rows.size(), before.rows.size());
}

TEST_F(HistoryTest, ABatchWithoutRowsIsRefused) {
  write(5, 2, 10);
  HistoryQuery query;
  query.batch_rows = 0;
  const auto scan = history::HistoryScan::open(*disk_, view(), query);
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().code, Errc::kInvalidArgument);
}

TEST_F(HistoryTest, NamesOfColumnsAreUnique) {
  wal::NameTable names;
  names.layouts.intern({{"close", "timestamp"}, {"close", "sequence"}, ""});
  names.layouts.intern({{"close", "field.close"}, {"ma5"}, ""});
  history::TickColumns columns({}, names.layouts);
  std::vector<std::string> found;
  for (const auto& column : columns.make()) found.push_back(column.name);
  EXPECT_EQ(found, (std::vector<std::string>{"field.close", "field.timestamp", "field.field.close",
                                             "close", "factor.sequence", "ma5"}));
}

}  // namespace
}  // namespace factorwal::test
