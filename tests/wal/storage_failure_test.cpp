/// Every call that can fail, failing in turn at each of its occurrences over the life of a log with
/// rotations and operator states: once, some times, or for long. Whoever uses the log restarts it
/// until that works. Nothing given to the writer is lost, no sequence changes, and nothing is said
/// to be durable that a power failure could take.

#include <gtest/gtest.h>

#include <cerrno>

#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

using factorwal::test::kForever;

struct Outage {
  Call kind;
  int code;
  std::uint64_t times;
};

/// What a power failure or a kill now would leave is the log, promises kept, and opens.
void expect_log_in(const Story& story, MemoryFileSystem& disk) {
  const auto reading = read_log(disk);
  ASSERT_FALSE(reading.corrupt) << show(reading.findings);
  story.expect_kept(reading);
  NameTable names;
  OpenReport report;
  auto opened = open_writer(disk, kDirectory, names, small_segments(), report);
  ASSERT_OK(opened);
  ASSERT_GE(report.last_sequence, story.promised());
  ASSERT_OK((*opened)->close());
}

/// A log whose user goes on after every failure.
class Life {
 public:
  explicit Life(Outage outage) : outage_(outage) {
    story.options.segment_bytes = story.options.first_segment_bytes = std::uint64_t{16} << 10;
    story.options.free_space_reserve = 1;
  }

  /// The n-th call of the outage's kind fails, counted from the end of the open.
  void run(std::uint64_t n) {
    ASSERT_OK(story.open());
    files.fail(outage_.kind, n, outage_.code, outage_.times);
    for (int i = 0; i < 10; ++i) {
      ASSERT_NO_FATAL_FAILURE(must([&] { return story.write(70); }));
      if (i % 3 == 0) continue;
      ASSERT_NO_FATAL_FAILURE(must([&] { return story.sync(); }));
      ASSERT_NO_FATAL_FAILURE(must([&] { return story.writer().write_frontier(); }));
    }
    // A close that has failed is tried again: a writer that was restarted closes in order.
    while (!story.close()) ASSERT_NO_FATAL_FAILURE(restart());
    EXPECT_GE(story.writer().segment_number(), 4U) << "too few rotations";
  }
  void expect_whole() {
    const auto reading = read_log(files);
    story.expect_kept(reading);
    EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
    EXPECT_EQ(reading.last, story.truth().rbegin()->first);
    EXPECT_EQ(files.syncs_after_failure(), 0U);
    EXPECT_EQ(files.writes_after_failure(), 0U);
    // What failed tries left behind is gone, as far as files could be removed.
    if (outage_.kind != Call::kRemove) {
      EXPECT_EQ(files.paths().size(), load_manifest(files, kDirectory)->segments.size() + 1);
    }
  }

  MemoryFileSystem files;
  Story story{files};
  int restarts = 0;

 private:
  template <class Step>
  void must(Step step) {
    if (!step()) {
      ASSERT_NO_FATAL_FAILURE(restart());
      ASSERT_EQ(story.writer().durable_sequence(), story.writer().next_sequence() - 1);
    }
    story.note_promise();
  }
  void restart() {
    ASSERT_EQ(story.writer().usable().error().code, Errc::kPoisoned);
    for (std::uint64_t tries = 0;; ++tries) {
      story.note_promise();
      ASSERT_NO_FATAL_FAILURE(expect_log_in(story, *files.after_power_loss(Unsynced::kDropped)));
      ASSERT_NO_FATAL_FAILURE(
          expect_log_in(story, *files.after_power_loss(Unsynced::kMixed, tries)));
      ASSERT_NO_FATAL_FAILURE(expect_log_in(story, *files.copy()));
      if (tries == 4) files.heal();
      ++restarts;
      if (story.writer().restart()) break;
      ASSERT_LT(tries, 5U);
    }
    ASSERT_OK(story.writer().usable());
    story.note_promise();
    ASSERT_NO_FATAL_FAILURE(expect_log_in(story, *files.after_power_loss(Unsynced::kDropped)));
  }

  const Outage outage_;
};

class StorageFailure : public testing::TestWithParam<Outage> {};

TEST_P(StorageFailure, AtAnyCallLosesNothingThatTheWriterWasGiven) {
  int restarts = 0;
  for (std::uint64_t n = 1;; n += kSweepStep) {
    SCOPED_TRACE("failing call " + std::to_string(n));
    Life life(GetParam());
    ASSERT_NO_FATAL_FAILURE(life.run(n));
    restarts += life.restarts;
    ASSERT_NO_FATAL_FAILURE(life.expect_whole());
    if (HasFailure()) return;
    if (!life.files.struck()) {
      EXPECT_GE(n, 4U) << "too few calls for this test to mean something";
      break;
    }
  }
  if (kSweepStep == 1) {
    EXPECT_GT(restarts, 0) << "nothing was ever stopped";
  }
}

std::vector<Outage> outages() {
  std::vector<Outage> all;
  for (const std::uint64_t times : {std::uint64_t{1}, std::uint64_t{4}, kForever}) {
    all.insert(all.end(), {{Call::kWrite, ENOSPC, times},
                           {Call::kWrite, EIO, times},
                           {Call::kSync, EIO, times},
                           {Call::kSync, ENOSPC, times},
                           {Call::kRename, EROFS, times},
                           {Call::kCreate, EMFILE, times},
                           {Call::kRemove, EROFS, times},
                           {Call::kSyncDirectory, EIO, times},
                           {Call::kFreeSpace, EIO, times}});
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Outage>& info) {
  static constexpr const char* kKinds[] = {"Open",   "Create",        "Write", "Sync",     "Rename",
                                           "Remove", "SyncDirectory", "Map",   "FreeSpace"};
  std::string name = kKinds[static_cast<std::size_t>(info.param.kind)];
  name += info.param.code == ENOSPC ? "NoSpace" : "";
  return name + (info.param.times == 1 ? "Once" : info.param.times == 4 ? "FourTimes" : "ForLong");
}

INSTANTIATE_TEST_SUITE_P(OfACall, StorageFailure, testing::ValuesIn(outages()), name_of);

class StorageFull : public testing::TestWithParam<SpaceCheck> {};

// The disk fills up at any byte, stays full for a while, and has space again.
TEST_P(StorageFull, AtAnyByteLosesNothingThatTheWriterWasGiven) {
  int still_full = 0;
  for (const std::uint64_t reserve : {0U, 4096U}) {
    for (std::uint64_t free = 0; free < 90'000; free += 1999 * kSweepStep) {
      SCOPED_TRACE("free bytes " + std::to_string(free));
      MemoryFileSystem files;
      Story story(files);
      story.options.segment_bytes = story.options.first_segment_bytes = std::uint64_t{16} << 10;
      story.options.free_space_reserve = reserve;
      ASSERT_OK(story.open());
      files.set_free_space(free, GetParam());
      // More than the segments hold that were made while there was space.
      for (int i = 0; i < 24; ++i) {
        if (!story.commit(40)) {
          story.note_promise();
          // What the preparer's failure has given back may be enough by now.
          if (!story.writer().restart()) {
            ++still_full;
            ASSERT_NO_FATAL_FAILURE(
                expect_log_in(story, *files.after_power_loss(Unsynced::kDropped)));
            files.heal();
            ASSERT_OK(story.writer().restart());
          }
          story.note_promise();
        }
      }
      // It may have space for all records, and none for the manifest that a close stores.
      files.heal();
      ASSERT_OK(story.close());
      const auto reading = read_log(files);
      ASSERT_NO_FATAL_FAILURE(story.expect_kept(reading));
      ASSERT_EQ(reading.last, story.truth().rbegin()->first);
      ASSERT_EQ(files.writes_after_failure(), 0U);
    }
  }
  EXPECT_GT(still_full, 0);
}

INSTANTIATE_TEST_SUITE_P(Told, StorageFull,
                         testing::Values(SpaceCheck::kAtWrite, SpaceCheck::kAtSync),
                         [](const auto& tested) {
                           return tested.param == SpaceCheck::kAtWrite ? "AtTheWrite" : "AtTheSync";
                         });

}  // namespace
}  // namespace factorwal::wal::test
