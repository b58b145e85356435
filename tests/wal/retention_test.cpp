/// Retention: what it cuts, what it never does, and what a crash or a failure in its midst leaves.

#include "wal/writing/retention.h"

#include <gtest/gtest.h>

#include <bit>
#include <cerrno>

#include "wal/log_story.h"
#include "wal/reading/log_follower.h"
#include "wal/wal_life.h"

namespace factorwal::wal::test {
namespace {

/// Files of segments that are there and not named.
std::size_t unnamed_files(MemoryFileSystem& files) {
  const auto manifest = load_manifest(files, kDirectory).value();
  std::size_t count = 0;
  for (const auto& path : files.paths()) {
    if (!path.ends_with(".seg")) continue;
    count += std::ranges::none_of(manifest.segments, [&](const auto& s) {
      return join_path(kDirectory, segment_name(s.number)) == path;
    });
  }
  return count;
}

/// Opens again, goes on, closes; nothing is left over and nothing is lost.
void expect_goes_on(Life& life, MemoryFileSystem& files) {
  ASSERT_OK(life.open(files));
  ASSERT_OK(life.commit());
  ASSERT_OK(life.generation());
  ASSERT_OK(life.writer->close());
  expect_recoverable(life, files);
  EXPECT_EQ(unnamed_files(files), 0U);
}

TEST(Retention, CutsBelowBothGenerationsAndKeepsSequences) {
  MemoryFileSystem files;
  TestClock clock;
  files.simulate(clock);
  Life life;
  ASSERT_OK(life.live(files));
  const auto content = read_content(files);
  EXPECT_GT(content.first, 1U) << "nothing was cut";
  EXPECT_EQ(content.last, life.promised);
  EXPECT_EQ(content.segments.front(), content.mark->replay.before.segment);
  expect_recoverable(life, files);
  EXPECT_EQ(unnamed_files(files), 0U);
  expect_goes_on(life, files);
}

TEST(Retention, WithoutGenerationsCutsNothing) {
  MemoryFileSystem files;
  TestClock clock;
  files.simulate(clock);
  Life life;
  ASSERT_OK(life.open(files));
  for (int i = 0; i < 80; ++i) ASSERT_OK(life.commit());
  EXPECT_GT(life.writer->segment_number(), 4U);
  ASSERT_OK(life.writer->close());
  EXPECT_EQ(read_content(files).first, 1U);
}

TEST(Retention, ByAgeFollowsTheWallClockWithinWhatTheGenerationsAllow) {
  for (const auto jump : {std::int64_t{0}, 400 * kDayNs, -400 * kDayNs}) {
    SCOPED_TRACE(jump / kDayNs);
    MemoryFileSystem files;
    TestClock clock;
    files.simulate(clock);
    Life life(cutting({std::chrono::nanoseconds(30 * kDayNs), 0}));
    ASSERT_OK(life.open(files));
    for (int i = 0; i < 4; ++i) {
      for (int k = 0; k < 20; ++k) ASSERT_OK(life.commit());
      ASSERT_OK(life.generation());
    }
    clock.wall_ns += jump;
    for (int k = 0; k < 20; ++k) ASSERT_OK(life.commit());
    ASSERT_OK(life.writer->close());
    expect_recoverable(life, files);
    if (jump > 0) {
      EXPECT_GT(read_content(files).first, 1U);
    } else {
      EXPECT_EQ(read_content(files).first, 1U);
    }
  }
}

class RetentionCrash : public testing::TestWithParam<Unsynced> {};

TEST_P(RetentionCrash, AtEveryCallLeavesWhatRecoveryNeeds) {
  bool cut = false;
  for (std::uint64_t n = 1;; n += kSweepStep) {
    SCOPED_TRACE("stopped at call " + std::to_string(n));
    MemoryFileSystem files;
    TestClock clock;
    files.simulate(clock);
    Life life;
    files.stop_at(n);
    const bool done = life.live(files).has_value();
    if (done && !files.struck()) {
      EXPECT_GT(n, 100U) << "too few calls for this test to mean something";
      break;
    }
    life.writer.reset();
    const auto disk = files.after_power_loss(GetParam(), n);
    TestClock later;
    disk->simulate(later);
    if (open_log_view(*disk, kDirectory).has_value()) {
      expect_recoverable(life, *disk);
      cut = cut || read_content(*disk).first > 1;
    } else {
      ASSERT_EQ(life.promised, 0U);
    }
    expect_goes_on(life, *disk);
    if (HasFailure()) return;
  }
  EXPECT_TRUE(cut);
}

INSTANTIATE_TEST_SUITE_P(PowerLoss, RetentionCrash,
                         testing::Values(Unsynced::kDropped, Unsynced::kKept, Unsynced::kMixed));

class RetentionFailure : public testing::TestWithParam<Call> {};

TEST_P(RetentionFailure, OfACallCostsNothingThatRecoveryNeeds) {
  for (std::uint64_t n = 1;; n += kSweepStep) {
    SCOPED_TRACE("failing call " + std::to_string(n));
    MemoryFileSystem files;
    TestClock clock;
    files.simulate(clock);
    Life life;
    files.fail(GetParam(), n, EIO);
    (void)life.live(files);
    const bool struck = files.struck();
    life.writer.reset();
    files.heal();
    if (life.promised > 0) expect_recoverable(life, files);
    const auto disk = files.after_kill();
    TestClock later;
    disk->simulate(later);
    expect_goes_on(life, *disk);
    if (HasFailure() || !struck) {
      EXPECT_GT(n, 3U) << "too few calls for this test to mean something";
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, RetentionFailure,
                         testing::Values(Call::kWrite, Call::kSync, Call::kRename, Call::kRemove,
                                         Call::kCreate, Call::kSyncDirectory));

TEST(Retention, OfAPoisonedLogCutsNothing) {
  MemoryFileSystem files;
  TestClock clock;
  files.simulate(clock);
  Life life(cutting({std::chrono::nanoseconds(30 * kDayNs), 0}));
  ASSERT_OK(life.open(files));
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 20; ++k) ASSERT_OK(life.commit());
    ASSERT_OK(life.generation());
  }
  clock.wall_ns += 400 * kDayNs;
  files.fail(Call::kSync, 1, EIO);
  ASSERT_FALSE(life.commit().has_value());
  const auto before = files.paths();
  life.writer->set_replay(life.writer->replay());
  life.writer->cut_old();
  EXPECT_EQ(files.paths(), before);
}

// ---- What a cut that was cut short leaves

/// A log that retention could cut, closed.
void write_log(MemoryFileSystem& files, TestClock& clock, Life& life) {
  files.simulate(clock);
  ASSERT_OK(life.live(files));
}

TEST(Retention, CutShortBeforeTheFilesWentIsFinishedByTheNextOpen) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  const auto before = files.copy();
  ASSERT_OK(apply_retention(files, kDirectory, {{}, 1}));
  std::size_t back = 0;
  for (const auto& path : before->paths()) {
    if (!path.ends_with(".seg") || files.exists(path).value()) continue;
    files.put_file(path, before->content(path));
    ++back;
  }
  ASSERT_GT(back, 1U);
  EXPECT_EQ(open_log_view(files, kDirectory)->left_over.size(), back);
  expect_recoverable(life, files);
  expect_goes_on(life, files);
}

TEST(Retention, RemovesNoFileThatItDidNotCut) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  MemoryFileSystem other;
  TestClock other_clock;
  other_clock.random();  // another identity
  Life other_life(cutting({}));
  write_log(other, other_clock, other_life);
  ASSERT_OK(apply_retention(files, kDirectory, {{}, 1}));
  const auto stray = join_path(kDirectory, segment_name(1));
  ASSERT_FALSE(files.exists(stray).value());
  for (auto content : {other.content(stray), Bytes(100, std::byte{7})}) {
    files.put_file(stray, content);
    EXPECT_TRUE(open_log_view(files, kDirectory)->left_over.empty());
    ASSERT_OK(life.open(files));
    ASSERT_OK(life.writer->close());
    EXPECT_EQ(files.content(stray), content);
  }
}

TEST(Retention, AppliedByHandCutsWhatItShowedAndNeedsTheLock) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  const RetentionLimits limits{{}, 1};
  const auto paths = files.paths();
  const auto shown = survey_retention(files, kDirectory, limits);
  ASSERT_OK(shown);
  EXPECT_GT(shown->plan.cut, 1U);
  EXPECT_EQ(shown->plan.barrier, CutBarrier::kGenerations);
  EXPECT_EQ(files.paths(), paths);
  {
    const auto lock = files.lock(join_path(kDirectory, kLockName));
    ASSERT_EQ(apply_retention(files, kDirectory, limits).error().code, Errc::kLocked);
    EXPECT_EQ(files.paths(), paths);
  }
  const auto cut = apply_retention(files, kDirectory, limits);
  ASSERT_OK(cut);
  EXPECT_EQ(cut->plan.cut, shown->plan.cut);
  EXPECT_EQ(read_content(files).segments.front(), shown->segments[shown->plan.cut].number);
  EXPECT_EQ(survey_retention(files, kDirectory, limits)->plan.cut, 0U);
  expect_recoverable(life, files);
  expect_goes_on(life, files);
}

TEST(Retention, OfADamagedLogIsRefused) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  files.flip(join_path(kDirectory, segment_name(read_content(files).segments[1])), 40, 1);
  const auto paths = files.paths();
  EXPECT_EQ(apply_retention(files, kDirectory, {{}, 1}).error().code, Errc::kCorruption);
  EXPECT_EQ(files.paths(), paths);
}

// Failure: damage in frames of a segment that was to go was cut away with it. Cause: only headers
// and the last segment were looked at. Cure: what is to go is read before.
TEST(Retention, OfALogThatIsDamagedWhereItWouldBeCutIsRefused) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  files.flip(join_path(kDirectory, segment_name(read_content(files).segments[0])),
             kSegmentHeaderBytes + 100, 1);
  const auto paths = files.paths();
  ASSERT_GT(survey_retention(files, kDirectory, {{}, 1})->plan.cut, 0U);
  EXPECT_EQ(apply_retention(files, kDirectory, {{}, 1}).error().code, Errc::kCorruption);
  EXPECT_EQ(files.paths(), paths);
}

// ---- Beside readers

TEST(Retention, InTheMidstOfAReadIsToldAndIsNoDamage) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  NameTable names;
  LogReader reader(files, *open_log_view(files, kDirectory), names);
  LogRecord record;
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(record.sequence, 1U);
  const auto cut = apply_retention(files, kDirectory, {{}, 1});
  ASSERT_OK(cut);
  const auto first_kept = cut->view.segments[cut->plan.cut].header.first_sequence;
  std::uint64_t given = 1;
  Sequence last = 1;
  for (;;) {
    const auto found = reader.next(record);
    ASSERT_OK(found);
    if (!*found) break;
    if (record.sequence == 0) continue;
    ++given;
    EXPECT_TRUE(record.sequence == last + 1 || record.sequence == first_kept);
    last = record.sequence;
  }
  EXPECT_TRUE(reader.findings().empty()) << show(reader.findings());
  EXPECT_EQ(last, life.promised);
  EXPECT_TRUE(reader.cut().any());
  EXPECT_EQ(reader.cut().last, first_kept - 1);
  EXPECT_EQ(given + reader.cut().records, life.promised);
}

/// Gives all of its records after `last`.
Sequence read_on(LogReader& reader, Sequence last) {
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    if (!found || !*found) return last;
    if (record.sequence == 0) continue;
    EXPECT_EQ(record.sequence, last + 1);
    last = record.sequence;
  }
}

// Seen once by the archive's kills: a look between the lock of an open and its new segment.
TEST(Retention, OfASegmentThatAnOpenHasTakenOverCutsNotWhatIsWrittenAgainBehindIt) {
  MemoryFileSystem files;
  TestClock clock;
  files.simulate(clock);
  Life life;
  ASSERT_OK(life.open(files));
  ASSERT_OK(life.commit());
  ASSERT_OK(life.write_unsynced());
  const auto view = open_log_view(files, kDirectory);
  ASSERT_OK(view);
  const auto seen = view->last_sequence;
  ASSERT_EQ(seen, 2 * kRecordsPerCommit);
  ASSERT_OK(life.open(files));
  for (int i = 0; i < 2; ++i) ASSERT_OK(life.generation());
  for (int i = 0; i < 14; ++i) ASSERT_OK(life.commit());
  const auto now = open_log_view(files, kDirectory);
  ASSERT_OK(now);
  ASSERT_EQ(now->segments.front().header.first_sequence, kRecordsPerCommit + 1);

  NameTable names;
  LogReader reader(files, *view, names);
  EXPECT_EQ(read_on(reader, kRecordsPerCommit), seen);
  EXPECT_TRUE(reader.findings().empty()) << show(reader.findings());
  EXPECT_EQ(reader.cut().first, 1U);
  EXPECT_EQ(reader.cut().last, kRecordsPerCommit);
  EXPECT_EQ(reader.cut().records, kRecordsPerCommit);
}

TEST(Retention, OfAFileThatIsStillNamedIsNoCut) {
  MemoryFileSystem files;
  TestClock clock;
  Life life(cutting({}));
  write_log(files, clock, life);
  NameTable names;
  LogReader reader(files, *open_log_view(files, kDirectory), names);
  files.erase(join_path(kDirectory, segment_name(2)));
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) {
      EXPECT_EQ(found.error().code, Errc::kNotFound);
      return;
    }
    ASSERT_TRUE(*found) << "a missing segment was passed over";
  }
}

TEST(Retention, BehindAFollowerIsToldAndItGoesOn) {
  MemoryFileSystem files;
  TestClock clock;
  files.simulate(clock);
  Life life;
  ASSERT_OK(life.open(files));
  ASSERT_OK(life.commit());
  NameTable names;
  LogReader reader(files, *open_log_view(files, kDirectory), names);
  LogRecord record;
  while (reader.next(record).value()) {
  }
  LogFollower follower(files, reader.view(), names);
  for (int i = 0; i < 6; ++i) {
    for (int k = 0; k < 14; ++k) ASSERT_OK(life.commit());
    ASSERT_OK(life.generation());
  }
  std::uint64_t given = kRecordsPerCommit;
  Sequence last = 0;
  for (;;) {
    const auto found = follower.next(record);
    ASSERT_OK(found);
    if (!*found) break;
    if (record.sequence == 0) continue;
    ++given;
    last = record.sequence;
  }
  EXPECT_EQ(last, life.promised);
  EXPECT_GT(follower.cut(), 0U);
  EXPECT_EQ(follower.missed(), 0U);
  EXPECT_EQ(given + follower.cut(), life.promised);
}

}  // namespace
}  // namespace factorwal::wal::test
