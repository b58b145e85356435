/// A writer that goes on after a failure: what a restart makes, and what it leaves alone.

#include <gtest/gtest.h>

#include <cerrno>

#include "factorwal/message.h"
#include "recovery/open_log.h"
#include "wal/log_story.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::wal::test {
namespace {

std::string segment_path(std::uint64_t number) {
  return join_path(kDirectory, segment_name(number));
}

SegmentHeader header_of(const MemoryFileSystem& files, std::uint64_t number) {
  SegmentHeader header;
  const auto content = files.content(segment_path(number));
  EXPECT_EQ(decode_segment_header(ByteView(content).first(kSegmentHeaderBytes), header),
            HeaderFault::kNone);
  return header;
}

/// Until the preparer has come to its end, its calls would be among those that are made to fail.
void await_spare(FileSystem& files, std::size_t segments) {
  for (;;) {
    const auto manifest = load_manifest(files, kDirectory);
    if (manifest && manifest->segments.size() == segments) return;
    std::this_thread::yield();
  }
}

class Restart : public testing::Test {
 protected:
  Restart() { EXPECT_TRUE(story_.open().has_value()); }
  void expect_whole() {
    const auto reading = read_log(files_);
    story_.expect_kept(reading);
    EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
    EXPECT_EQ(reading.last, story_.truth().rbegin()->first);
  }
  MemoryFileSystem files_;
  Story story_{files_};
};

TEST_F(Restart, MakesASegmentThatNamesItsPredecessorAndWhereThatEnds) {
  ASSERT_OK(story_.commit(20));
  const auto durable = story_.writer().durable_sequence();
  await_spare(files_, 2);
  ASSERT_OK(story_.write(20));
  const auto written = story_.writer().written_sequence();
  files_.fail(Call::kSync, 1, EIO);
  ASSERT_FALSE(story_.sync().has_value());
  const auto old = files_.content(segment_path(1));

  ASSERT_OK(story_.writer().restart());
  EXPECT_EQ(story_.writer().durable_sequence(), written);
  EXPECT_EQ(files_.content(segment_path(1)), old) << "a failed segment was touched";
  const auto header = header_of(files_, story_.writer().segment_number());
  EXPECT_EQ(header.predecessor, header_of(files_, 1).identity);
  EXPECT_EQ(header.first_sequence, durable + 1);
  EXPECT_EQ(header.frontier_sequence, written);
  EXPECT_LT(header.predecessor_end, old.size());
  EXPECT_EQ(header.epoch, header_of(files_, 1).epoch) << "it is the same open";

  ASSERT_OK(story_.commit(20));
  ASSERT_OK(story_.close());
  expect_whole();
}

TEST_F(Restart, WritesAFrameWhoseWriteHasFailedUnderItsSequences) {
  ASSERT_OK(story_.commit(20));
  await_spare(files_, 2);
  const auto first = story_.writer().next_sequence();
  files_.fail(Call::kWrite, 1, ENOSPC);
  ASSERT_FALSE(story_.write(20).has_value());
  EXPECT_EQ(story_.writer().written_sequence(), first - 1) << "the system does not have it";
  EXPECT_GT(story_.writer().next_sequence(), first) << "but its records have sequences";
  ASSERT_OK(story_.writer().restart());
  EXPECT_EQ(story_.writer().durable_sequence(), story_.truth().rbegin()->first);
  ASSERT_OK(story_.close());
  expect_whole();
}

TEST_F(Restart, WritesWhatWasGivenToAWriterThatHadFailedAlready) {
  await_spare(files_, 2);
  files_.fail(Call::kWrite, 1, EIO);
  for (int i = 0; i < 3; ++i) ASSERT_FALSE(story_.write(20).has_value());
  ASSERT_OK(story_.writer().restart());
  EXPECT_EQ(story_.writer().durable_sequence(), story_.truth().rbegin()->first);
  ASSERT_OK(story_.close());
  expect_whole();
}

TEST_F(Restart, WithNothingWrongChangesNothing) {
  ASSERT_OK(story_.commit(5));
  const auto number = story_.writer().segment_number();
  ASSERT_OK(story_.writer().restart());
  EXPECT_EQ(story_.writer().segment_number(), number);
  ASSERT_OK(story_.close());
  EXPECT_EQ(story_.writer().restart().error().code, Errc::kClosed);
}

TEST_F(Restart, TakesRingMarksAlong) {
  const RingMark mark{77, 5};
  await_spare(files_, 2);
  story_.samples().next(RecordType::kUpdate).add(story_.writer(), story_.names());
  files_.fail(Call::kWrite, 1, EIO);
  ASSERT_FALSE(story_.writer().write(std::span(&mark, 1)).has_value());
  ASSERT_OK(story_.writer().restart());
  story_.drop();
  NameTable names;
  OpenReport report;
  ASSERT_OK(open_writer(files_, kDirectory, names, small_segments(), report));
  SegmentContents contents(names, Learn::kAll);
  ASSERT_TRUE(open_log_view(files_, kDirectory, LockOwner::kUs, &contents));
  ASSERT_EQ(contents.marks().size(), 1U);
  EXPECT_EQ(contents.marks().front().ring, mark.ring);
  EXPECT_EQ(contents.marks().front().ordinal, mark.ordinal);
  EXPECT_EQ(report.last_sequence, 1U);
}

TEST_F(Restart, MakesASegmentThatHoldsAllThatIsPending) {
  await_spare(files_, 2);
  files_.fail(Call::kSync, 1, EIO);
  ASSERT_OK(story_.write(20));
  ASSERT_FALSE(story_.sync().has_value());
  for (int i = 0; i < 40; ++i) ASSERT_FALSE(story_.write(100).has_value());
  ASSERT_OK(story_.writer().restart());
  EXPECT_GT(files_.content(segment_path(story_.writer().segment_number())).size(),
            story_.options.segment_bytes);
  ASSERT_OK(story_.commit(100));
  ASSERT_OK(story_.close());
  expect_whole();
}

// Failure (thought of, not met): a manifest whose directory could not be synced may be on disk or
// not. Were the segment that it names removed or made anew before another manifest is known to be
// there, a power failure would leave a manifest that names nothing.
TEST_F(Restart, AfterAFailedManifestKeepsTheSegmentUntilTheNextOneIsThere) {
  ASSERT_OK(story_.commit(20));
  await_spare(files_, 2);
  ASSERT_OK(story_.write(20));
  files_.fail(Call::kSync, 1, EIO);
  ASSERT_FALSE(story_.sync().has_value());
  files_.fail(Call::kSyncDirectory, 2, EIO, 3);  // the segment's own is the first
  const auto made = files_.paths().size();
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(story_.writer().restart().has_value());
    for (const auto unsynced : {Unsynced::kDropped, Unsynced::kKept}) {
      const auto reading = read_log(*files_.after_power_loss(unsynced));
      EXPECT_FALSE(reading.corrupt) << show(reading.findings);
      story_.expect_kept(reading);
    }
  }
  EXPECT_LE(files_.paths().size(), made + 1) << "each try leaves a segment behind";
  ASSERT_OK(story_.writer().restart());
  ASSERT_OK(story_.close());
  expect_whole();
}

TEST_F(Restart, IsSeenByAReaderThatFollowsTheLog) {
  ASSERT_OK(story_.commit(20));
  await_spare(files_, 2);
  ASSERT_OK(story_.write(20));
  files_.fail(Call::kSync, 1, EIO);
  ASSERT_FALSE(story_.sync().has_value());
  ASSERT_OK(story_.writer().restart());
  ASSERT_OK(story_.commit(20));
  const auto reading = read_log(files_);
  story_.expect_kept(reading);
  EXPECT_EQ(reading.last, story_.truth().rbegin()->first);
}

TEST(WalWriter, SyncsByItselfWhenMuchIsWrittenAndNotSynced) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  for (int i = 0; i < 6; ++i) {
    auto big = story.samples().next(RecordType::kVectorUpdate);
    big.values.assign(kVectorLengthMax, 0.5);
    big.add(story.writer(), story.names());
    ASSERT_OK(story.writer().write());
    const auto behind = story.writer().written_sequence() - story.writer().durable_sequence();
    ASSERT_LE(behind, 4U) << "of 4 MB each";
  }
}

TEST(FreeSpaceReserve, RefusesAnOpenWithTheNumbersAndWhatToDo) {
  MemoryFileSystem files;
  files.set_free_space((std::uint64_t{1} << 20) + 999);
  LogOptions options;
  options.free_space_reserve = 1'000;
  const auto refused = recovery::open_log(files, kDirectory, options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kIo);
  EXPECT_EQ(refused.error().errno_value, ENOSPC);
  for (const auto* part : {"/data", "1049576", "1048576", "1000", "make room"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos)
        << part << " is not in: " << refused.error().message;
  }
  options.free_space_reserve = 0;
  EXPECT_TRUE(recovery::open_log(files, kDirectory, options).has_value());
}

TEST(FreeSpaceReserve, StopsARunningLogWhileThatMuchIsStillFree) {
  MemoryFileSystem files;
  Story story(files);
  story.options.free_space_reserve = 100'000;
  ASSERT_OK(story.open());
  files.set_free_space(400'000);
  Status done;
  while ((done = story.commit(100))) continue;
  EXPECT_EQ(done.error().errno_value, ENOSPC);
  EXPECT_GE(files.free_space(kDirectory).value(), 100'000U);
  ASSERT_FALSE(story.writer().restart().has_value());
  files.heal();
  ASSERT_OK(story.writer().restart());
  ASSERT_OK(story.close());
  const auto reading = read_log(files);
  story.expect_kept(reading);
  EXPECT_EQ(reading.last, story.truth().rbegin()->first);
}

}  // namespace
}  // namespace factorwal::wal::test
