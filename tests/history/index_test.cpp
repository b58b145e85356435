// The index of a segment saves reading. It changes no answer, whatever became of it.
#include "wal/reading/index_builder.h"

#include <gtest/gtest.h>

#include "history/history_rows.h"
#include "wal/log_story.h"

namespace factorwal::test {
namespace {

using wal::test::kDirectory;
using wal::test::Story;

class IndexTest : public testing::Test {
 protected:
  void SetUp() override {
    story_.options.segment_bytes = story_.options.first_segment_bytes = std::uint64_t{3} << 19;
    ASSERT_OK(story_.open());
    while (story_.writer().segment_number() < 4) ASSERT_OK(story_.commit(200));
    ASSERT_OK(story_.close());
    story_.drop();  // joins the thread that makes them
    for (const auto& path : files_.paths()) {
      if (path.ends_with(".idx")) indexes_.push_back(path);
    }
    ASSERT_GE(indexes_.size(), 2U);
  }
  [[nodiscard]] wal::LogView view() { return wal::open_log_view(files_, kDirectory).value(); }

  static HistoryQuery query_of(std::uint64_t number) {
    std::mt19937_64 random(number);
    HistoryQuery query;
    query.data_set = static_cast<DataSet>(random() % 4);
    if (number % 2 == 0) query.instruments = {"I" + std::to_string(random() % 45), "I7"};
    if (number % 3 == 0)
      query.from = 1'600'000'000'000'000'000 + static_cast<TimestampNs>(random() % 1'000'000'000);
    if (number % 5 == 0)
      query.to = 1'600'000'000'000'000'000 + static_cast<TimestampNs>(random() % 1'000'000'000);
    if (number % 7 == 0) query.first_sequence = random() % 60'000;
    if (number % 11 == 0) query.last_sequence = random() % 60'000;
    return query;
  }
  void expect_answers(std::uint64_t queries) {
    for (std::uint64_t i = 1; i <= queries; ++i) {
      SCOPED_TRACE(testing::Message() << "query " << i);
      const auto query = query_of(i);
      auto& expected = expected_[i];
      if (expected.empty()) expected = expected_rows(files_, view(), query).rows;
      const auto found = history_rows(files_, view(), query);
      ASSERT_EQ(found.rows, expected);
      EXPECT_TRUE(found.findings.empty());
    }
  }

  MemoryFileSystem files_;
  Story story_{files_, 21};
  std::vector<std::string> indexes_;
  std::map<std::uint64_t, std::vector<std::string>> expected_;
};

TEST_F(IndexTest, AnswersAreThoseOfTheRecords) { expect_answers(36); }

TEST_F(IndexTest, IsAHundredthOfItsSegmentAtMostAndEqualsAScan) {
  const auto look = view();
  std::size_t found = 0;
  for (std::size_t i = 0; i < look.segments.size(); ++i) {
    const auto index = wal::load_index(files_, look, i);
    if (!index) continue;
    ++found;
    const auto& segment = look.segments[i];
    EXPECT_LE(files_.content(wal::index_path(segment.path)).size(), segment.end / 100);
    EXPECT_EQ(wal::build_index(files_, look, i).value(), index);
    wal::LogView alone = look;
    alone.segments = {segment};
    wal::NameTable names;
    wal::LogReader reader(files_, alone, names);
    LogRecord record;
    while (reader.next(record).value()) {
      const bool is_row = record.sequence != 0 && record.type != RecordType::kTime &&
                          record.type != RecordType::kPosition;
      if (!is_row) continue;
      const auto group = std::prev(std::ranges::upper_bound(index->groups, record.sequence, {},
                                                            &wal::FrameGroup::first_sequence));
      ASSERT_TRUE(group->has(record.instrument.index)) << record.sequence;
      if (record.timestamp_ns == kNoTimestamp) continue;
      ASSERT_LE(group->first_time, record.timestamp_ns);
      ASSERT_GE(group->last_time, record.timestamp_ns);
    }
  }
  EXPECT_EQ(found, indexes_.size());
}

TEST_F(IndexTest, SavesReading) {
  const auto look = view();
  HistoryQuery query;
  query.first_sequence = look.segments[1].header.first_sequence - 100;
  query.last_sequence = query.first_sequence + 10;
  const auto reads = [&] {
    const auto before = files_.count(Call::kRead);
    EXPECT_FALSE(history_rows(files_, look, query).rows.empty());
    return files_.count(Call::kRead) - before;
  };
  const auto with = reads();
  for (const auto& path : indexes_) files_.erase(path);
  EXPECT_GT(reads(), with * 3);
}

TEST_F(IndexTest, OneThatIsMissingDamagedOrOfAnotherSegmentChangesNothing) {
  const auto first = files_.content(indexes_[0]);
  const auto second = files_.content(indexes_[1]);
  files_.put_file(indexes_[0], second);
  files_.put_file(indexes_[1], first);
  expect_answers(8);
  files_.put_file(indexes_[0], {});
  files_.truncate(indexes_[1], first.size() / 2);
  expect_answers(8);
  files_.erase(indexes_[0]);
  expect_answers(8);
  files_.put_file(indexes_[1], second);
  for (std::size_t at = 0; at < second.size(); at += 1 + second.size() / 40) {
    files_.flip(indexes_[1], at, 0x04);
    expect_answers(2);
    files_.flip(indexes_[1], at, 0x04);
  }
}

TEST_F(IndexTest, HostileBytesAreNoIndexOrAWellFormedOne) {
  const auto good = files_.content(indexes_[0]);
  std::mt19937_64 random(1);
  std::size_t decoded = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = good;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      bytes[12 + random() % (bytes.size() - 12)] = static_cast<std::byte>(random());
    }
    if (random() % 4 == 0) bytes.resize(12 + random() % (bytes.size() - 12));
    store(bytes.data() + 8, crc32c(ByteView(bytes).subspan(12)));
    const auto index = wal::decode_index(bytes);
    if (!index) continue;
    ++decoded;
    ASSERT_TRUE(std::ranges::is_sorted(index->groups, {}, &wal::FrameGroup::offset));
    for (const auto& group : index->groups) {
      ASSERT_LE(group.offset, index->end);
      for (const auto& handles : group.instruments) ASSERT_LT(handles.first, handles.end);
    }
    ASSERT_EQ(wal::decode_index(wal::encode_index(*index)), index);
  }
  EXPECT_GT(decoded, 0U);
}

TEST_F(IndexTest, GoesWithItsSegment) {
  const auto number = view().segments.front().entry.number;
  const wal::SegmentPlace place{files_, kDirectory, 0};
  EXPECT_TRUE(wal::remove_segment(place, number));
  EXPECT_FALSE(files_.exists(wal::index_path(view().segments.front().path)).value());
}

}  // namespace
}  // namespace factorwal::test
