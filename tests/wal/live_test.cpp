/// On a real file system: a reader beside a live writer, and the lock.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"
#include "factorwal/wal_manager.h"
#include "support/temp_dir.h"
#include "wal/damaged_log.h"
#include "wal/reading/log_follower.h"

namespace factorwal::wal::test {
namespace {

FactorWalMessage update(std::uint64_t i) {
  return FactorWalMessage::Update{numbered("I", i % 7), numbered("f", i % 3),
                                  static_cast<double>(i), static_cast<TimestampNs>(i)};
}

TEST(LiveReader, SeesATrueAndGrowingPrefixAndNeverAFinding) {
  const factorwal::test::TempDir directory;
  const auto path = (directory / "log").string();
  std::atomic<bool> stop{false};
  std::atomic<Sequence> durable{0};
  std::atomic<Sequence> written{0};
  auto manager = WalManager::open(path, {65536});
  ASSERT_OK(manager);
  std::thread writer([&] {
    std::uint64_t i = 0;
    for (int commit = 0; commit < 400 && !stop; ++commit) {
      for (int k = 0; k < 60; ++k) {
        written = i + 61;
        ASSERT_OK((*manager)->append(update(++i)));
      }
      ASSERT_OK((*manager)->flush_group_commit());
      durable = i;
      if (commit % 100 == 99) {  // close and open beside the reader, too
        ASSERT_OK((*manager)->close());
        auto again = WalManager::open(path, {65536});
        ASSERT_OK(again);
        *manager = *again;
      }
    }
    stop = true;
  });
  Sequence before = 0;
  int rounds = 0;
  for (bool last = false; !last; ++rounds) {
    last = stop;
    const Sequence promised = durable;
    auto stream = RecordStream::open(path);
    ASSERT_OK(stream);
    LogRecord record;
    Sequence expected = 1;
    while (stream->next(record)) {
      EXPECT_EQ(record.sequence, expected);
      EXPECT_EQ(record.value, static_cast<double>(expected));
      ++expected;
    }
    ASSERT_OK(stream->status());
    EXPECT_TRUE(stream->findings().empty()) << show(stream->findings());
    EXPECT_GE(expected - 1, promised) << "something durable is not seen";
    EXPECT_GE(expected - 1, before);
    EXPECT_LE(expected - 1, written);
    EXPECT_LE(stream->durable_sequence(), expected - 1);
    before = expected - 1;
    if (HasFailure()) stop = true;
  }
  writer.join();
  EXPECT_GT(rounds, 3);
  EXPECT_EQ(before, Sequence{durable});
  ASSERT_OK((*manager)->close());
}

TEST(Lock, RefusesASecondWriterInThisProcessAndInAnotherAndNamesTheHolder) {
  const factorwal::test::TempDir directory;
  const auto path = (directory / "log").string();
  auto manager = WalManager::open(path);
  ASSERT_OK(manager);
  const auto mine = std::to_string(getpid());
  const auto second = WalManager::open(path);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::kLocked);
  EXPECT_NE(second.error().message.find(mine), std::string::npos) << second.error().message;
  const auto child = fork();
  if (child == 0) {
    const auto other = WalManager::open(path);
    const bool right = !other && other.error().code == Errc::kLocked &&
                       other.error().message.find(mine) != std::string::npos;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  auto stream = RecordStream::open(path);
  ASSERT_OK(stream);
  EXPECT_EQ(stream->writer_pid(), getpid());
  ASSERT_OK((*manager)->close());
  EXPECT_TRUE(WalManager::open(path).has_value());
}

TEST(WalManager, GivesBackAllMessagesWithDenseSequencesAfterReopening) {
  const factorwal::test::TempDir directory;
  const auto path = (directory / "log").string();
  {
    auto manager = WalManager::open(path);
    ASSERT_OK(manager);
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      const auto sequence = (*manager)->append(update(i));
      ASSERT_OK(sequence);
      EXPECT_EQ(*sequence, i);
    }
    EXPECT_EQ((*manager)->durable_sequence(), 0U);
  }  // closes, and flushes
  auto manager = WalManager::open(path);
  ASSERT_OK(manager);
  EXPECT_TRUE((*manager)->recovery().clean);
  EXPECT_EQ((*manager)->recovery().last_sequence, 1000U);
  ASSERT_OK((*manager)->append(FactorWalMessage::Snapshot{"I1", {{"a", 1}, {"b", 2}}, 9}));
  ASSERT_OK((*manager)->append(FactorWalMessage::VectorUpdate{"I1", "v", {1, 2, 3}, 5}));
  EXPECT_EQ((*manager)->append(FactorWalMessage::Update{"", "f", 1, 1}).error().code,
            Errc::kInvalidArgument);
  ASSERT_OK((*manager)->flush_group_commit());
  EXPECT_EQ((*manager)->durable_sequence(), 1002U);
  auto stream = (*manager)->read_all_records();
  ASSERT_OK(stream);
  LogRecord record;
  Sequence count = 0;
  while (stream->next(record).value()) {
    ++count;
    if (record.type == RecordType::kSnapshot) {
      EXPECT_EQ(record.timestamp_ns, 995);  // its instrument's last event
      ASSERT_EQ(record.factors.size(), 2U);
      EXPECT_EQ(record.factors[1].factor_id, "b");
    }
  }
  EXPECT_EQ(count, 1002U);
  ASSERT_OK((*manager)->close());
  EXPECT_EQ((*manager)->flush_group_commit().error().code, Errc::kClosed);
}

/// A file whose header is not written yet when it is read for the first time.
class LateHeader final : public ForwardingFile {
 public:
  LateHeader(std::unique_ptr<File> file, bool& written)
      : ForwardingFile(std::move(file)), written_(written) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
    auto count = ForwardingFile::read_at(offset, target);
    if (offset == 0 && !written_) {
      std::ranges::fill(target, std::byte{0});
      written_ = true;
    }
    return count;
  }

 private:
  bool& written_;
};

class LateHeaders final : public ForwardingFileSystem {
 public:
  LateHeaders(FileSystem& target, std::string path)
      : ForwardingFileSystem(target), path_(std::move(path)) {}
  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    auto file = ForwardingFileSystem::open_read(path);
    if (!file || path != path_) return file;
    return std::unique_ptr<File>(std::make_unique<LateHeader>(std::move(*file), written_));
  }

 private:
  const std::string path_;
  bool written_ = false;
};

// A reader called a sound segment damaged: it had read the header before a rotation wrote it, and
// what comes behind the header after. Records prove that the header is there by now.
TEST(LiveReader, AHeaderThatARotationWritesBetweenTwoLooksIsNoDamage) {
  Log3 log(false);
  // As the manifest is then: it says that a segment is in use once its header is durable.
  auto manifest = load_manifest(log.files, kDirectory).value();
  manifest.in_use = 2;
  ASSERT_OK(store_manifest(log.files, kDirectory, manifest));
  LateHeaders late(log.files, segment_path(3));
  const auto view = open_log_view(late, kDirectory);
  ASSERT_OK(view);
  EXPECT_FALSE(view->corrupt()) << show(view->findings);
  const auto plain = open_log_view(log.files, kDirectory);
  ASSERT_OK(plain);
  ASSERT_EQ(view->segments.size(), plain->segments.size());
  EXPECT_EQ(view->last_sequence, plain->last_sequence);
  EXPECT_EQ(view->frontier.sequence, plain->frontier.sequence);
}

// A close removes the segment of an open that added nothing, and the next open gives its number to
// another one.
class BesideBareOpens : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(story.open());
    ASSERT_OK(story.commit(20));
    ASSERT_OK(story.close());
    ASSERT_OK(story.open());
    view = open_log_view(files, kDirectory).value();
    ASSERT_EQ(view.segments.size(), 2U);
  }
  MemoryFileSystem files;
  Story story{files};
  LogView view;
  NameTable names;
  LogRecord record;
};

TEST_F(BesideBareOpens, AReaderThatHadSeenTheSegmentReadsAllRecords) {
  ASSERT_OK(story.close());
  LogReader reader(files, view, names);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(reader.next(record).value());
  const auto end = reader.next(record);
  ASSERT_OK(end);
  EXPECT_FALSE(*end);
  EXPECT_TRUE(reader.findings().empty()) << show(reader.findings());
  EXPECT_FALSE(reader.cut().any());
}

TEST_F(BesideBareOpens, AFollowerGoesOnInTheSegmentThatHasTheNumberNow) {
  for (const bool had_read : {false, true}) {
    LogFollower follower(files, open_log_view(files, kDirectory).value(), names);
    if (had_read) {
      ASSERT_FALSE(follower.next(record).value());
    }
    const auto number = story.writer().segment_number();
    ASSERT_OK(story.close());
    EXPECT_FALSE(follower.next(record).value());
    ASSERT_OK(story.open());
    ASSERT_EQ(story.writer().segment_number(), number);
    EXPECT_FALSE(follower.next(record).value());
    ASSERT_OK(story.commit(5));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(follower.next(record).value());
    EXPECT_FALSE(follower.next(record).value());
    EXPECT_EQ(follower.missed() + follower.cut(), 0U);
    ASSERT_OK(story.close());
    ASSERT_OK(story.open());
  }
}

}  // namespace
}  // namespace factorwal::wal::test
