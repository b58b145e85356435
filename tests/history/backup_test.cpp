/// Backups of closed, crashed, damaged and live directories, cut short at every call.

#include "history/backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"
#include "factorwal/wal_manager.h"
#include "support/faulty_disk.h"
#include "support/temp_dir.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

using history::back_up;

const std::string kCopy = "/copy";

std::string segment_path(const std::string& directory, std::uint64_t number) {
  return join_path(directory, segment_name(number));
}

void expect_same(const Reading& copy, const Reading& source) {
  ASSERT_FALSE(copy.error.has_value()) << copy.error->message;
  EXPECT_TRUE(copy.findings.empty()) << show(copy.findings);
  EXPECT_EQ(copy.last, source.last);
  EXPECT_EQ(copy.durable, source.last) << "all of a copy is durable";
  EXPECT_EQ(copy.records, source.records);
  EXPECT_EQ(copy.states, source.states);
}

/// Several segments, with an unclean end between two of them.
void tell(Story& story) {
  ASSERT_OK(story.open());
  for (int i = 0; i < 12; ++i) {
    ASSERT_OK(story.commit(200));
    if (i != 3) continue;
    ASSERT_OK(story.write(20));
    story.drop();
    ASSERT_OK(story.open());
  }
}

class BackupTest : public testing::Test {
 protected:
  BackupTest() : story(files) {}
  void tell_and_close() {
    ASSERT_NO_FATAL_FAILURE(tell(story));
    ASSERT_OK(story.close());
  }
  [[nodiscard]] bool copy_opens(MemoryFileSystem& disk) const {
    return open_log_view(disk, kCopy).has_value();
  }

  MemoryFileSystem files;
  Story story;
};

TEST_F(BackupTest, OfAClosedLogIsTheSameLogUnderAnotherIdentity) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_OK(report);
  expect_same(read_log(files, kCopy), read_log(files));
  story.expect_kept(read_log(files, kCopy));
  const auto source = open_log_view(files, kDirectory).value();
  const auto copy = open_log_view(files, kCopy).value();
  EXPECT_GT(source.segments.size(), 2U);
  EXPECT_TRUE(report->source_clean);
  EXPECT_EQ(report->segments, source.segments.size());
  EXPECT_EQ(report->source, source.manifest.directory);
  EXPECT_EQ(report->target, copy.manifest.directory);
  EXPECT_NE(report->target, report->source);
  EXPECT_EQ(report->first_sequence, 1U);
  EXPECT_EQ(report->last_sequence, story.promised());
  EXPECT_TRUE(copy.clean());
}

TEST_F(BackupTest, AndItsOriginalCannotBeMixed) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  ASSERT_OK(back_up(files, kDirectory, kCopy));
  const auto names = files.list(kCopy).value();
  for (const auto& name : names) {
    if (name == kLockName) continue;
    const auto disk = files.copy();
    disk->put_file(join_path(kDirectory, name), files.content(join_path(kCopy, name)));
    EXPECT_TRUE(read_log(*disk).corrupt) << name;
  }
}

TEST_F(BackupTest, AndItsOriginalGoOnApart) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  const auto before = read_log(files);
  ASSERT_OK(back_up(files, kDirectory, kCopy));
  for (const auto& directory : {kDirectory, kCopy}) {
    NameTable names;
    OpenReport report;
    auto writer = open_writer(files, directory, names, small_segments(), report);
    ASSERT_OK(writer);
    EXPECT_TRUE(report.clean);
    EXPECT_EQ(report.last_sequence, before.last);
    for (int i = 0; i < 1500; ++i) {
      auto sample = story.samples().next(RecordType::kUpdate);
      sample.instrument = directory;
      sample.add(**writer, names);
      ASSERT_OK((*writer)->write());
    }
    ASSERT_OK((*writer)->sync());
    ASSERT_OK((*writer)->close());
  }
  for (const auto& directory : {kDirectory, kCopy}) {
    const auto after = read_log(files, directory);
    EXPECT_FALSE(after.corrupt) << show(after.findings);
    EXPECT_EQ(after.last, before.last + 1500);
    for (const auto& [sequence, text] : before.records) {
      ASSERT_EQ(after.records.at(sequence), text);
    }
    EXPECT_NE(after.records.at(after.last).find(directory), std::string::npos);
  }
}

TEST_F(BackupTest, OfACrashedLogHasAllThatWasWrittenAndTellsWhatItLeavesOut) {
  ASSERT_NO_FATAL_FAILURE(tell(story));
  ASSERT_OK(story.write(20));
  const auto last = open_log_view(files, kDirectory).value().segments.back();
  ASSERT_OK(story.write(20));
  story.drop();
  files.flip(last.path, last.end + 60, 1);  // in the last frame
  const auto source = read_log(files);
  ASSERT_EQ(source.findings.size(), 1U) << show(source.findings);

  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_OK(report);
  expect_same(read_log(files, kCopy), source);
  EXPECT_FALSE(report->source_clean);
  ASSERT_EQ(report->left_out.size(), 1U);
  EXPECT_EQ(report->left_out[0].file, last.path);
  EXPECT_GT(report->last_sequence, story.promised()) << "written, not synced: in the copy, too";
}

TEST_F(BackupTest, OfALogWithoutRecordsIsOne) {
  ASSERT_OK(story.open());
  ASSERT_OK(story.close());
  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_OK(report);
  EXPECT_EQ(report->first_sequence, 0U);
  EXPECT_EQ(report->last_sequence, 0U);
  expect_same(read_log(files, kCopy), read_log(files));
}

TEST_F(BackupTest, OfNothingIsRefused) {
  const auto nothing = back_up(files, "/nothing", kCopy);
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().code, Errc::kNotFound);
  EXPECT_TRUE(files.paths().empty());
}

TEST_F(BackupTest, TakesALogThatBeginsLater) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  // As retention leaves it: the first segments are neither named nor there.
  auto manifest = load_manifest(files, kDirectory).value();
  for (int i = 0; i < 2; ++i) {
    files.erase(segment_path(kDirectory, manifest.segments.front().number));
    manifest.segments.erase(manifest.segments.begin());
  }
  ASSERT_OK(store_manifest(files, kDirectory, manifest));
  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_OK(report);
  EXPECT_GT(report->first_sequence, 1U);
  expect_same(read_log(files, kCopy), read_log(files));
}

TEST_F(BackupTest, HasSegmentsThatAreRemovedMeanwhile) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  const auto before = read_log(files);
  bool removed = false;
  const auto report = back_up(files, kDirectory, kCopy, [&](std::uint64_t, std::uint64_t) {
    if (!std::exchange(removed, true)) {
      for (const auto& path : files.paths()) {
        if (path.starts_with(kDirectory)) files.erase(path);
      }
    }
    return true;
  });
  ASSERT_OK(report);
  ASSERT_TRUE(removed);
  expect_same(read_log(files, kCopy), before);
}

/// Counts the files that are open at a time.
class OpenFiles final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    return counted(ForwardingFileSystem::open_read(path));
  }
  Result<std::unique_ptr<File>> create(const std::string& path) override {
    return counted(ForwardingFileSystem::create(path));
  }
  int most = 0;  ///< at a time

 private:
  class Counted final : public ForwardingFile {
   public:
    Counted(std::unique_ptr<File> file, int& open) : ForwardingFile(std::move(file)), open_(open) {}
    ~Counted() override { --open_; }

   private:
    int& open_;
  };
  Result<std::unique_ptr<File>> counted(Result<std::unique_ptr<File>> file) {
    if (!file) return file;
    most = std::max(most, ++open_);
    return std::unique_ptr<File>(std::make_unique<Counted>(std::move(*file), open_));
  }
  int open_ = 0;
};

/// So many segments: each open begins one.
void tell_segments(Story& story, int count) {
  for (int i = 0; i < count; ++i) {
    ASSERT_OK(story.open());
    ASSERT_OK(story.commit(3));
    ASSERT_OK(story.close());
  }
}

// Failure: a log of more segments than the process may have files could not be saved. Cause: all
// were opened at the start, so that retention could not take one. Cure: few are, the next ones.
TEST_F(BackupTest, HoldsFewFilesOpenHoweverManySegmentsThereAre) {
  ASSERT_NO_FATAL_FAILURE(tell_segments(story, 100));
  OpenFiles counting(files);
  const auto report = back_up(counting, kDirectory, kCopy);
  ASSERT_OK(report);
  EXPECT_EQ(report->segments, 100U);
  EXPECT_LE(counting.most, 40);
  expect_same(read_log(files, kCopy), read_log(files));
}

TEST_F(BackupTest, OfALogThatIsCutMeanwhileIsTheLogAsItIsByThen) {
  ASSERT_NO_FATAL_FAILURE(tell_segments(story, 100));
  for (const std::uint64_t at : {1U, 20U, 60U}) {  // cut once so many segments are begun
    for (const std::size_t cut : {40U, 80U}) {
      const auto disk = files.copy();
      int begun = 0;
      bool done = false;
      const auto report = back_up(*disk, kDirectory, kCopy, [&](std::uint64_t, std::uint64_t) {
        if (std::exchange(begun, begun + 1) < static_cast<int>(2 * at) || done) return true;
        done = true;
        auto manifest = load_manifest(*disk, kDirectory).value();
        for (std::size_t i = 0; i < cut; ++i) {
          disk->erase(segment_path(kDirectory, manifest.segments[i].number));
        }
        manifest.segments.erase(manifest.segments.begin(),
                                manifest.segments.begin() + static_cast<std::ptrdiff_t>(cut));
        EXPECT_TRUE(store_manifest(*disk, kDirectory, manifest).has_value());
        return true;
      });
      ASSERT_OK(report);
      ASSERT_TRUE(done);
      const auto copy = read_log(*disk, kCopy);
      EXPECT_TRUE(copy.findings.empty()) << show(copy.findings);
      EXPECT_EQ(copy.last, read_log(files).last);
      EXPECT_EQ(copy.records.begin()->first, report->first_sequence);
      EXPECT_EQ(report->segments, open_log_view(*disk, kCopy).value().segments.size());
      // No file of the target is left over.
      EXPECT_EQ(disk->list(kCopy).value().size(), report->segments + 1);
    }
  }
}

TEST_F(BackupTest, OfADamagedLogIsRefusedWhereverTheDamageIs) {
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(8));
  ASSERT_OK(story.close());
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(8));
  ASSERT_OK(story.close());
  const auto view = open_log_view(files, kDirectory).value();
  ASSERT_EQ(view.segments.size(), 2U);
  for (const auto& segment : view.segments) {
    for (std::uint64_t at = 0; at < segment.end; at += kSweepStep) {
      files.flip(segment.path, at, 0x04);
      const auto report = back_up(files, kDirectory, kCopy);
      ASSERT_FALSE(report.has_value()) << segment.path << " " << at;
      ASSERT_TRUE(report.error().code == Errc::kCorruption ||
                  report.error().code == Errc::kUnsupportedVersion)
          << report.error().message;
      ASSERT_FALSE(copy_opens(files));
      files.flip(segment.path, at, 0x04);
    }
  }
  ASSERT_OK(back_up(files, kDirectory, kCopy));
}

TEST_F(BackupTest, NamesTheDamageThatItMeets) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  files.flip(segment_path(kDirectory, 1), kSegmentHeaderBytes + 70, 1);
  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_FALSE(report.has_value());
  EXPECT_NE(report.error().message.find("wal-00000001.seg, offset 4096"), std::string::npos)
      << report.error().message;
  EXPECT_NE(report.error().message.find("records from 1"), std::string::npos);
}

TEST_F(BackupTest, RefusesATargetThatHoldsAnything) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  const auto refused = [&](const std::string& target) {
    const auto paths = files.paths();
    const auto report = back_up(files, kDirectory, target);
    ASSERT_FALSE(report.has_value()) << target;
    EXPECT_EQ(report.error().code, Errc::kAlreadyExists) << report.error().message;
    EXPECT_EQ(files.paths(), paths) << "and touches nothing";
  };
  refused(kDirectory);
  files.put_file("/notes/todo.txt", Bytes(3));
  refused("/notes");
  files.put_file("/half/wal-00000001.seg", Bytes(5000));
  refused("/half");
  ASSERT_OK(back_up(files, kDirectory, kCopy));
  refused(kCopy);
  // All that a backup leaves which failed at its start.
  files.put_file("/fresh/LOCK", Bytes(2));
  ASSERT_OK(back_up(files, kDirectory, "/fresh"));
}

TEST_F(BackupTest, IsAloneInItsTarget) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  ASSERT_OK(files.make_directory(kCopy));
  const auto lock = files.lock(join_path(kCopy, kLockName));
  ASSERT_OK(lock);
  const auto report = back_up(files, kDirectory, kCopy);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Errc::kLocked);
}

TEST_F(BackupTest, GivenUpLeavesNothing) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  for (int calls = 1;; ++calls) {
    int left = calls;
    const auto report =
        back_up(files, kDirectory, kCopy, [&](std::uint64_t, std::uint64_t) { return --left > 0; });
    if (report) break;
    ASSERT_EQ(report.error().code, Errc::kTimeout);
    ASSERT_FALSE(copy_opens(files));
    EXPECT_TRUE(files.list(kCopy)->size() <= 1) << "LOCK alone";
    ASSERT_LT(calls, 1000);
  }
}

TEST_F(BackupTest, ToldOfItsProgressEndsAtAllBytes) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  std::uint64_t last = 0;
  std::uint64_t whole = 0;
  ASSERT_OK(back_up(files, kDirectory, kCopy, [&](std::uint64_t done, std::uint64_t all) {
    EXPECT_GE(done, last);
    last = done;
    whole = all;
    return true;
  }));
  EXPECT_EQ(last, whole);
}

class BackupCutShort : public testing::TestWithParam<Unsynced> {};

TEST_P(BackupCutShort, AtAnyCallIsWholeOrDoesNotOpen) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_NO_FATAL_FAILURE(tell(story));
  story.drop();
  const auto source = read_log(files);
  bool whole = false;
  std::uint64_t n = 1;
  for (; !whole; ++n) {
    SCOPED_TRACE("stopped at call " + std::to_string(n));
    const auto copy = files.copy();
    copy->stop_at(n);
    const bool done = back_up(*copy, kDirectory, kCopy).has_value();
    whole = done && !copy->struck();
    const auto disk = copy->after_power_loss(GetParam(), n);
    for (auto* look : {copy.get(), disk.get()}) {  // killed, and powered off
      look->heal();
      const auto reading = read_log(*look, kCopy);
      if (done || !reading.error) {
        ASSERT_NO_FATAL_FAILURE(expect_same(reading, source));
      } else {
        ASSERT_TRUE(reading.error->code == Errc::kNotFound ||
                    reading.error->code == Errc::kCorruption)
            << reading.error->message;
      }
      EXPECT_EQ(read_log(*look).records, source.records) << "the source is never touched";
    }
  }
  EXPECT_GT(n, 15U) << "too few calls for this test to mean something";
}

INSTANTIATE_TEST_SUITE_P(PowerLoss, BackupCutShort,
                         testing::Values(Unsynced::kDropped, Unsynced::kKept, Unsynced::kMixed));

TEST_F(BackupTest, ToldOfAnyFailureAndWorksOnceItIsMended) {
  ASSERT_NO_FATAL_FAILURE(tell_and_close());
  for (const auto kind : {Call::kOpen, Call::kCreate, Call::kWrite, Call::kSync, Call::kRename,
                          Call::kSyncDirectory}) {
    for (std::uint64_t n = 1; n < 200; ++n) {
      SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) + ", call " +
                   std::to_string(n));
      const auto copy = files.copy();
      copy->fail(kind, n, ENOSPC);
      const auto report = back_up(*copy, kDirectory, kCopy);
      EXPECT_EQ(copy->syncs_after_failure(), 0U);
      EXPECT_EQ(copy->writes_after_failure(), 0U);
      if (!copy->struck()) {
        ASSERT_OK(report);
        break;
      }
      ASSERT_FALSE(report.has_value());
      EXPECT_EQ(report.error().errno_value, ENOSPC);
      copy->heal();
      ASSERT_FALSE(copy_opens(*copy));
      ASSERT_OK(back_up(*copy, kDirectory, kCopy));
      expect_same(read_log(*copy, kCopy), read_log(files));
    }
  }
}

FactorWalMessage update(std::uint64_t i) {
  return FactorWalMessage::Update{numbered("I", i % 7), numbered("f", i % 3),
                                  static_cast<double>(i), static_cast<TimestampNs>(i)};
}

// A directory on a real file system, for writers on threads.
class LiveBackup : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return (temp / name).string(); }
  void write(WalManager& manager, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_OK(manager.append(update(++written)));
    ASSERT_OK(manager.flush_group_commit());
    durable.store(written);
  }

  factorwal::test::TempDir temp;
  std::uint64_t written = 0;
  std::atomic<Sequence> durable{0};
};

TEST_F(LiveBackup, HasEverythingThatWasDurableAtItsStart) {
  auto manager = WalManager::open(path("log"), {65536});
  ASSERT_OK(manager);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int commit = 1; !stop; ++commit) {
      write(**manager, 300);
      if (commit % 50 == 0) {  // closes and opens beside the backup, too
        ASSERT_OK((*manager)->close());
        manager = WalManager::open(path("log"), {65536});
        ASSERT_OK(manager);
      }
    }
  });
  while (durable < 3000) std::this_thread::yield();
  for (int round = 0; round < 12; ++round) {
    const Sequence promised = durable;
    const auto target = path(numbered("copy", static_cast<std::uint64_t>(round)));
    const auto report = back_up(posix_file_system(), path("log"), target);
    EXPECT_TRUE(report.has_value()) << report.error().message;
    if (!report) break;
    EXPECT_GE(report->last_sequence, promised);
    const auto copy = read_log(posix_file_system(), target);
    EXPECT_TRUE(copy.findings.empty()) << show(copy.findings);
    EXPECT_EQ(copy.records.size(), report->last_sequence);
    EXPECT_EQ(copy.last, report->last_sequence);
  }
  stop = true;
  writer.join();
}

TEST_F(LiveBackup, RefusesATargetInTheDirectoryItself) {
  auto manager = WalManager::open(path("log"), {65536});
  ASSERT_OK(manager);
  ASSERT_NO_FATAL_FAILURE(write(**manager, 100));
  std::filesystem::create_directory_symlink(path("log"), path("link"));
  for (const auto* target : {"log/saved", "log/./saved/", "link/saved"}) {
    const auto report = back_up(posix_file_system(), path("log"), path(target));
    ASSERT_FALSE(report.has_value()) << target;
    EXPECT_EQ(report.error().code, Errc::kInvalidArgument) << report.error().message;
    EXPECT_FALSE(std::filesystem::exists(path("log/saved")));
  }
}

TEST_F(LiveBackup, OnAFullDiskIsReportedAndDoesNotOpen) {
  auto manager = WalManager::open(path("log"), {65536});
  ASSERT_OK(manager);
  write(**manager, 3000);
  factorwal::test::FaultyDisk disk;
  disk.fail_writes(ENOSPC);
  const auto report = back_up(disk, path("log"), path("copy"));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().errno_value, ENOSPC);
  EXPECT_EQ(read_log(posix_file_system(), path("copy")).error->code, Errc::kNotFound);
  ASSERT_OK(back_up(posix_file_system(), path("log"), path("copy")));
  EXPECT_EQ(read_log(posix_file_system(), path("copy")).last, 3000U);
  ASSERT_OK((*manager)->close());
}

TEST_F(LiveBackup, LeavesTheWriterAlone) {
  auto manager = WalManager::open(path("log"), {65536});
  ASSERT_OK(manager);
  write(**manager, 1000);
  const auto report = back_up(posix_file_system(), path("log"), path("copy"));
  ASSERT_OK(report);
  EXPECT_EQ(report->writer_pid, getpid());
  EXPECT_FALSE(report->source_clean);
  write(**manager, 1000);
  ASSERT_OK((*manager)->close());
  EXPECT_EQ(read_log(posix_file_system(), path("log")).last, 2000U);
  EXPECT_EQ(read_log(posix_file_system(), path("copy")).last, 1000U);
}

}  // namespace
}  // namespace factorwal::wal::test
