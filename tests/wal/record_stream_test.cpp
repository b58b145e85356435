/// How a pass over a log ends, whichever way a caller asks for the next record.

#include "factorwal/record_stream.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "factorwal/wal_manager.h"
#include "support/temp_dir.h"
#include "wal/damaged_log.h"

namespace factorwal::wal::test {
namespace {

constexpr int kRecords = 2000;

class RecordStreamEnd : public testing::Test {
 protected:
  void SetUp() override {
    auto manager = WalManager::open(log(), {65536});
    ASSERT_OK(manager);
    for (int i = 1; i <= kRecords; ++i) {
      ASSERT_OK((*manager)->append(FactorWalMessage::VectorUpdate{"I", "v", {1, 2, 3, 4, 5}, i}));
      if (i % 100 == 0) ASSERT_OK((*manager)->flush_group_commit());
    }
    ASSERT_OK((*manager)->close());
  }
  [[nodiscard]] std::string log() const { return (directory_ / "log").string(); }
  /// As a disk that goes away while the log is read.
  void lose_all_segments() const {
    for (const auto& entry : std::filesystem::directory_iterator(log())) {
      if (entry.path().extension() == ".seg") std::filesystem::remove(entry.path());
    }
  }
  factorwal::test::TempDir directory_;
};

// Failure: a crash. It has to be told like every other end.
TEST_F(RecordStreamEnd, OfOneThatWasMovedFromIsToldAsClosed) {
  auto stream = RecordStream::open(log()).value();
  LogRecord record;
  ASSERT_TRUE(stream.next(record));
  auto other = std::move(stream);
  const auto read = stream.next(record);  // NOLINT(bugprone-use-after-move)
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Errc::kClosed);
  EXPECT_EQ(stream.status().error().code, Errc::kClosed);
  EXPECT_TRUE(stream.findings().empty());
  EXPECT_FALSE(stream.corrupt());
  EXPECT_FALSE(stream.clean());
  EXPECT_EQ(stream.durable_sequence() + stream.cut_records(), 0U);
  EXPECT_EQ(stream.writer_pid(), 0);
  EXPECT_TRUE(other.next(record));
}

// `next` gave Result<bool>, which is true in a condition unless there is an error: the loop that
// everybody writes first went round for ever at the end of the log.
TEST_F(RecordStreamEnd, ALoopOverNextEndsAtTheEndOfTheLog) {
  auto stream = RecordStream::open(log());
  ASSERT_OK(stream);
  LogRecord record;
  int count = 0;
  while (stream->next(record)) ASSERT_LE(++count, kRecords);
  EXPECT_EQ(count, kRecords);
  ASSERT_OK(stream->status());
  EXPECT_FALSE(stream->next(record)) << "and stays there";
}

TEST_F(RecordStreamEnd, ALoopOverNextEndsAtAnErrorThatCanBeAskedFor) {
  auto stream = RecordStream::open(log());
  ASSERT_OK(stream);
  lose_all_segments();
  LogRecord record;
  int count = 0;
  while (stream->next(record)) ASSERT_LE(++count, kRecords);
  EXPECT_LT(count, kRecords);
  ASSERT_FALSE(stream->status());
  EXPECT_EQ(stream->status().error().code, Errc::kNotFound);
  const auto again = stream->next(record);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().message, stream->status().error().message);
  EXPECT_DEATH((void)again.value(), "value\\(\\) of a Result that holds an error");
}

TEST_F(RecordStreamEnd, ValueAndHasValueTellEndAndErrorApart) {
  auto stream = RecordStream::open(log());
  ASSERT_OK(stream);
  LogRecord record;
  int count = 0;
  while (stream->next(record).value()) ASSERT_LE(++count, kRecords);
  EXPECT_EQ(count, kRecords);
  const auto end = stream->next(record);
  EXPECT_TRUE(end.has_value());
  EXPECT_FALSE(*end);
  EXPECT_EQ(end.error().code, Errc::kNotFound);
  EXPECT_EQ(end.error().message, "no error: the log has no further record");
}

}  // namespace
}  // namespace factorwal::wal::test
