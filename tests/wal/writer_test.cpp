/// Writing, closing, opening again, rotation.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "factorwal/message.h"
#include "recovery/open_log.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

void expect_whole(const Story& story, const Reading& reading) {
  story.expect_kept(reading);
  EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
  EXPECT_EQ(reading.last, story.truth().empty() ? 0 : story.truth().rbegin()->first);
}

TEST(WalWriter, GivesBackWhatWasWrittenAndClosed) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  EXPECT_TRUE(story.report().created);
  for (int i = 0; i < 10; ++i) ASSERT_OK(story.commit(30));
  EXPECT_EQ(story.writer().durable_sequence(), story.truth().rbegin()->first);
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
  EXPECT_EQ(story.writer().sync().error().code, Errc::kClosed);
}

TEST(WalWriter, DoesNotCountWhatIsNotSyncedAsDurable) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.write(5));
  EXPECT_EQ(story.writer().durable_sequence(), 0U);
  ASSERT_OK(story.sync());
  EXPECT_EQ(story.writer().durable_sequence(), story.writer().written_sequence());
}

TEST(WalWriter, GoesOnWithTheNextSequenceAfterEveryClose) {
  MemoryFileSystem files;
  Story story(files);
  for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) {
    ASSERT_OK(story.open());
    EXPECT_EQ(story.report().epoch, epoch);
    EXPECT_TRUE(story.report().clean);
    EXPECT_EQ(story.report().rewritten_first, 0U);
    if (epoch != 3) ASSERT_OK(story.commit(40));
    ASSERT_OK(story.close());
    expect_whole(story, read_log(files));
  }
}

TEST(WalWriter, RotatesOverManySegmentsEachOfWhichNamesAllThatItUses) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  for (int i = 0; i < 60; ++i) ASSERT_OK(story.commit(100));
  ASSERT_GE(story.writer().segment_number(), 6U);
  const auto last_segment = story.writer().segment_number();
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
  for (std::uint64_t first = 2; first <= last_segment; ++first) {
    const auto part = read_log(files, kDirectory, first);
    ASSERT_TRUE(part.findings.empty()) << show(part.findings);
    story.expect_true(part);
    EXPECT_EQ(part.last, story.truth().rbegin()->first);
    ASSERT_FALSE(part.records.empty());
    EXPECT_EQ(part.records.size(), part.last - part.records.begin()->first + 1);
  }
}

TEST(WalWriter, WritesAFrameThatIsLongerThanASegment) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(10));
  auto big = story.samples().next(RecordType::kVectorUpdate);
  big.values.assign(kVectorLengthMax, 0.5);
  big.add(story.writer(), story.names());
  ASSERT_OK(story.writer().write());
  ASSERT_OK(story.writer().sync());
  const auto sequence = story.writer().durable_sequence();
  ASSERT_OK(story.writer().close());
  const auto reading = read_log(files);
  EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
  EXPECT_EQ(reading.records.at(sequence), big.text());
}

TEST(WalWriter, RefusesAFrameThatNoReaderWouldTake) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  for (int i = 0; i < 3; ++i) {
    auto big = story.samples().next(RecordType::kVectorUpdate);
    big.values.assign(kVectorLengthMax, 0.5);
    big.add(story.writer(), story.names());
  }
  const auto done = story.writer().write();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(story.writer().usable().error().code, Errc::kPoisoned);
}

// Failure: a snapshot of 300,000 factors that were never seen before aborted the process. Cause:
// their definitions went into the snapshot's frame and made it longer than a frame may be. Cure:
// definitions beyond 1 MiB go ahead in frames of their own. The same with many instruments, whose
// definitions exceed a segment.
TEST(WalWriter, PutsManyNewDefinitionsAheadOfTheFrameThatUsesThem) {
  MemoryFileSystem files;
  auto log = recovery::open_log(files, kDirectory, {65536});
  ASSERT_OK(log);
  FactorWalMessage::Snapshot snapshot{"I", {}, 1};
  for (std::size_t i = 0; i < kSnapshotFactorsMax; ++i) {
    snapshot.factors[numbered(std::string(30, 'f'), i)] = static_cast<double>(i);
  }
  ASSERT_OK(add_message(*log->log, {snapshot}));
  ASSERT_OK(log->log->writer->write());
  for (std::uint64_t i = 0; i < 3000; ++i) {
    ASSERT_OK(add_message(
        *log->log, FactorWalMessage::Update{numbered(std::string(200, 'i'), i), "f", 1.0, 5}));
  }
  ASSERT_OK(log->log->writer->write());
  ASSERT_OK(log->log->writer->sync());
  log->log.reset();  // unclean
  auto again = recovery::open_log(files, kDirectory, {65536});
  ASSERT_OK(again);
  EXPECT_EQ(again->log->recovery.last_sequence, 3001U);
  EXPECT_EQ(again->log->names.instruments.size(), 3001U);
  ASSERT_OK(again->log->close());
  const auto reading = read_log(files);
  EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
  EXPECT_EQ(reading.last, 3001U);
}

TEST(WalWriter, WritesWhatWasNotKnownToBeDurableAgainUnderItsOwnSequences) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(20));
  const auto durable = story.writer().durable_sequence();
  ASSERT_OK(story.write(20));
  ASSERT_OK(story.write(20));
  const auto written = story.writer().written_sequence();
  story.drop();
  const auto before = files.content("/data/wal-00000001.seg");
  ASSERT_OK(story.open());
  EXPECT_FALSE(story.report().clean);
  EXPECT_EQ(story.report().last_sequence, written);
  EXPECT_EQ(story.report().rewritten_first, durable + 1);
  EXPECT_EQ(story.report().rewritten_last, written);
  EXPECT_EQ(files.content("/data/wal-00000001.seg"), before) << "an old segment was changed";
  expect_whole(story, read_log(*files.after_power_loss(Unsynced::kDropped)));
  ASSERT_OK(story.commit(20));
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
}

TEST(WalWriter, LosesNothingOverRepeatedKills) {
  MemoryFileSystem files;
  Story story(files);
  for (int i = 0; i < 30; ++i) {
    ASSERT_OK(story.open());
    if (i % 3 != 0) ASSERT_OK(story.commit(30));
    if (i % 2 != 0) ASSERT_OK(story.write(30));
    const auto all = story.writer().written_sequence();
    story.drop();
    expect_whole(story, read_log(files));
    EXPECT_EQ(read_log(files).last, all);
  }
}

TEST(WalWriter, KeepsADirectoryCleanUntilItsSuccessorIsWhole) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(20));
  ASSERT_OK(story.close());
  ASSERT_OK(story.open());
  story.drop();  // died before it wrote anything
  expect_whole(story, read_log(files));
  ASSERT_OK(story.open());
  EXPECT_FALSE(story.report().clean);
  EXPECT_EQ(story.report().rewritten_first, 0U);
  ASSERT_OK(story.commit(5));
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
}

TEST(WalWriter, SaysInTheLogHowFarItIsDurable) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(20));
  EXPECT_EQ(read_log(files).durable, 0U);
  const auto syncs = story.writer().sync_count();
  ASSERT_OK(story.writer().write_frontier());
  EXPECT_EQ(read_log(files).durable, story.writer().durable_sequence());
  const auto bytes = story.writer().bytes_written();
  ASSERT_OK(story.writer().write_frontier());
  EXPECT_EQ(story.writer().bytes_written(), bytes) << "said twice";
  EXPECT_EQ(story.writer().sync_count(), syncs);
  ASSERT_OK(story.write(20));
  EXPECT_LT(read_log(files).durable, story.writer().written_sequence());
}

TEST(WalWriter, RemovesSegmentsThatWereNeverUsed) {
  MemoryFileSystem files;
  Story story(files);
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(story.open());
    story.drop();
  }
  ASSERT_OK(story.open());
  ASSERT_OK(story.close());
  const auto manifest = load_manifest(files, kDirectory);
  ASSERT_OK(manifest);
  EXPECT_TRUE(manifest->segments.empty());
  EXPECT_EQ(files.paths().size(), 1U) << "a segment that nobody names";
}

// Failure: each open and close left a segment of 1 MiB without a record, which retention never cut.
// Cause: a close marked the segment that the open had begun, whatever was in it. Cure: a close
// takes a segment to which nothing was added out of the manifest, and removes it.
TEST(WalWriter, AnOpenThatAddsNothingLeavesTheDirectoryAsItWas) {
  for (const bool with_records : {false, true}) {
    MemoryFileSystem files;
    Story story(files);
    ASSERT_OK(story.open());
    if (with_records) ASSERT_OK(story.commit(20));
    ASSERT_OK(story.close());
    const auto paths = files.paths();
    const auto before = read_log(files);
    for (int i = 0; i < 30; ++i) {
      ASSERT_OK(story.open());
      if (i % 3 == 0) {
        story.drop();  // killed
        ASSERT_OK(story.open());
      }
      ASSERT_OK(story.close());
      EXPECT_EQ(files.paths(), paths);
      EXPECT_EQ(read_log(files).records, before.records);
    }
    ASSERT_OK(story.open());
    ASSERT_OK(story.commit(20));
    ASSERT_OK(story.close());
    expect_whole(story, read_log(files));
  }
}

// Each segment costs an open a few calls, however many there are.
TEST(WalWriter, CallsOfAnOpenAreLinearInTheNumberOfSegments) {
  MemoryFileSystem files;
  Story story(files);
  const auto calls = [&] {
    std::uint64_t all = 0;
    for (std::size_t kind = 0; kind < factorwal::test::kCallKinds; ++kind) {
      all += files.count(static_cast<Call>(kind));
    }
    return all;
  };
  const auto cost_with = [&](std::uint64_t segments) {
    while (!story.truth().contains(segments)) {  // a record and a segment for each open
      EXPECT_TRUE(story.open().has_value());
      EXPECT_TRUE(story.write_small(1).has_value());
      EXPECT_TRUE(story.close().has_value());
    }
    const auto before = calls();
    EXPECT_TRUE(story.open().has_value());
    EXPECT_TRUE(story.close().has_value());
    EXPECT_TRUE(open_log_view(files, kDirectory).has_value());
    return calls() - before;
  };
  const auto cost100 = cost_with(100);
  const auto cost200 = cost_with(200);
  EXPECT_LE(cost200 - cost100, 100U * 8);
  EXPECT_LE(cost200, 2 * cost100);
}

TEST(WalWriter, RecordsThatAnOpenWritesAgainStayAtItsClose) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.write_small(20));
  story.drop();
  ASSERT_OK(story.open());
  ASSERT_EQ(story.report().rewritten_last, 20U);
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
  ASSERT_OK(story.open());
  ASSERT_OK(story.close());
  expect_whole(story, read_log(files));
}

TEST(WalWriter, RemembersEventTimesAcrossSegmentsAndOpens) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  auto sample = story.samples().next(RecordType::kUpdate);
  sample.instrument = "late";
  sample.time = 1234;
  sample.add(story.writer(), story.names());
  story.names().note_event({0}, 1234);
  ASSERT_OK(story.writer().write());
  for (int i = 0; i < 3; ++i) {
    story.drop();
    ASSERT_OK(story.open());
    EXPECT_EQ(story.names().event_time({*story.names().instruments.find("late")}), 1234);
  }
}

// Failure: after a kill right behind the beginning of a segment, a snapshot that was drained had
// the time of a tick that had been accepted behind it. Cause: the segment's definitions had the
// event times of the frame that was still to be written. Cure: they have those of what is written.
TEST(WalWriter, BeginsASegmentWithTheEventTimesOfWhatIsWritten) {
  std::set<TimestampNs> found;
  for (std::uint64_t nth = 1; nth <= 12; ++nth) {
    MemoryFileSystem files;
    Story story(files);
    ASSERT_OK(story.open());
    const auto add = [&](TimestampNs time) {
      auto sample = story.samples().next(RecordType::kUpdate);
      sample.instrument = "late";
      sample.time = time;
      sample.add(story.writer(), story.names());
      story.writer().note_event({*story.names().instruments.find("late")}, time);
    };
    add(1000);
    ASSERT_OK(story.writer().write());
    ASSERT_OK(story.writer().sync());
    const auto written = story.writer().written_sequence();
    auto big = story.samples().next(RecordType::kVectorUpdate);
    big.values.assign(20'000, 1.0);
    big.add(story.writer(), story.names());  // as long as a segment
    add(2000);
    files.fail(Call::kWrite, nth, EIO);
    (void)story.writer().write();
    files.heal();
    story.drop();
    ASSERT_OK(story.open());
    const bool there = story.report().last_sequence > written;
    const auto time = story.names().event_time({*story.names().instruments.find("late")});
    EXPECT_EQ(time, there ? 2000 : 1000) << "write " << nth;
    found.insert(time);
  }
  EXPECT_EQ(found.size(), 2U) << "kills on either side of the frame";
}

// Failure: a power failure after the first commits took the whole directory. Cause: its own entry
// in the parent directory was never synced. Cure: it is, before the log is made.
TEST(Log, SyncsTheEntryOfANewDirectory) {
  MemoryFileSystem files;
  const auto before = files.count(Call::kSyncDirectory);
  files.fail(Call::kSyncDirectory, 1, EIO);
  EXPECT_FALSE(recovery::open_log(files, "/parent/data", {}).has_value());
  EXPECT_EQ(files.count(Call::kSyncDirectory), before + 1);
  EXPECT_FALSE(files.exists("/parent/data/MANIFEST").value());
}

TEST(Log, OfOneDirectoryHasOneWriter) {
  MemoryFileSystem files;
  auto log = recovery::open_log(files, kDirectory, {});
  ASSERT_OK(log);
  auto second = recovery::open_log(files, kDirectory, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::kLocked);
  ASSERT_OK(log->log->close());
  EXPECT_TRUE(recovery::open_log(files, kDirectory, {}).has_value());
}

}  // namespace
}  // namespace factorwal::wal::test
