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

}  // namespace
}  // namespace factorwal::test
