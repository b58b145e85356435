// A data directory that was copied with `cp -r` beside its writer, or put back from an older copy.
// Such a copy is no backup (`factorwal backup` is); what counts is that it is never taken for what
// it is not: each record that it gives is the one that was sent under that sequence, an open of it
// goes on or is refused, and it never drains the original's ring.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "factorwal/persister.h"
#include "factorwal/record_stream.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "wal/format/manifest.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr std::chrono::seconds kLong{60};

/// What a writing child and its test tell each other.
struct Shared {
  std::atomic<std::uint64_t> sent{0};   ///< accepted by the child's channel
  std::atomic<std::uint64_t> phase{0};  ///< set by the test, followed by the child
  std::atomic<std::uint64_t> done{0};   ///< phases that the child has done
};

class CopiedDirectory : public testing::TestWithParam<ChannelKind> {
 protected:
  CopiedDirectory()
      : shared_(new (mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared) {}
  ~CopiedDirectory() override {
    kill_writer();
    munmap(shared_, sizeof(Shared));
  }
  /// A child that has a persister and does `body` with it.
  template <class Body>
  void start_writer(Body body) {
    writer_ = fork();
    if (writer_ != 0) return;
    LogOptions small;
    small.segment_bytes = std::uint64_t{64} << 10;
    auto wal = WalManager::open(data(), small).value();
    FactorWalConfig config;
    config.channel = GetParam();
    config.channel_bytes = 64 << 10;
    FactorWalPersister persister(wal, config);
    body(persister);
    ::kill(getpid(), SIGKILL);
  }
  void kill_writer() {
    if (writer_ <= 0) return;
    ::kill(writer_, SIGKILL);
    waitpid(writer_, nullptr, 0);
    writer_ = 0;
  }
  /// The n-th record, from 1, has the value n.
  void send(FactorWalPersister& persister) const {
    const auto next = shared_->sent.load() + 1;
    (void)persister.send_update("A", "f", static_cast<double>(next), 0).value();
    shared_->sent.store(next);
  }
  static void await(const std::atomic<std::uint64_t>& number, std::uint64_t least) {
    while (number.load() < least) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  /// Until the writer has its next segment ready, and changes no file but by what is sent.
  void await_quiet_directory() const {
    while (wal::load_manifest(posix_file_system(), data()).value().segments.size() < 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  void copy(const std::string& source, const std::string& target) const {
    // Files may go while it runs: that is part of what is tested.
    (void)Process({"/bin/cp", "-r", source, target}, path("cp.out"), path("cp.err")).wait();
  }
  /// Every record is the one that was sent under its sequence. Returns the last sequence; `dense`:
  /// none is missing.
  static Sequence expect_true(const std::string& directory, bool& dense) {
    dense = true;
    auto records = RecordStream::open(directory);
    if (!records) return 0;
    Sequence last = 0;
    LogRecord record;
    while (records->next(record)) {
      EXPECT_EQ(record.value, static_cast<double>(record.sequence));
      dense = dense && record.sequence == last + 1;
      last = record.sequence;
    }
    return last;
  }
  [[nodiscard]] std::string data() const { return path("data"); }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }

  TempDir dir_;
  Shared* const shared_;
  pid_t writer_ = 0;
};

bool is_told_as_damage(const std::string& directory) {
  auto records = RecordStream::open(directory).value();
  LogRecord record;
  while (records.next(record).value()) continue;
  return records.corrupt();
}

TEST_P(CopiedDirectory, BesideItsWriterIsTrueOrRefusedAndTakesNothingFromIt) {
  start_writer([this](FactorWalPersister& persister) {
    for (;;) send(persister);
  });
  await(shared_->sent, 2000);
  int opened = 0;
  int refused = 0;
  for (int round = 0; round < 5; ++round) {
    std::string copied = "copy";
    copied = path(copied + std::to_string(round));
    copy(data(), copied);
    bool dense = false;
    (void)expect_true(copied, dense);
    {
      auto wal = WalManager::open(copied);
      if (!wal) {
        ++refused;
        EXPECT_FALSE(wal.error().message.empty());
        continue;
      }
      ++opened;
      const auto& found = (*wal)->recovery();
      for (const auto& ring : found.rings) {
        EXPECT_EQ(ring.verdict, RingVerdict::kOtherDirectory) << to_string(ring.verdict);
      }
      ASSERT_TRUE((*wal)->append(
          FactorWalMessage::Update{"A", "f", static_cast<double>(found.last_sequence + 1), 0}));
      ASSERT_TRUE((*wal)->close());
    }
    EXPECT_GE(expect_true(copied, dense), 1U);
    // An open reads the end of the log. A segment that was copied before all of it was written
    // leaves a gap further up: whoever reads that far is told that it is damage.
    if (!dense) {
      EXPECT_TRUE(is_told_as_damage(copied)) << "it opened with a gap, and nobody says so";
    }
  }
  std::printf("%d copies opened, %d refused\n", opened, refused);
  kill_writer();
  const auto sent = shared_->sent.load();
  auto wal = WalManager::open(data());
  ASSERT_TRUE(wal) << wal.error().message;
  // One may have been accepted and not counted any more.
  EXPECT_GE((*wal)->recovery().last_sequence, sent);
  EXPECT_LE((*wal)->recovery().last_sequence, sent + 1);
  ASSERT_TRUE((*wal)->close());
  bool dense = false;
  EXPECT_GE(expect_true(data(), dense), sent) << "the original has lost something to a copy";
  EXPECT_TRUE(dense);
}

// The older copy is in the original's place, and so claims the ring, which has given back records
// that the copy's log does not have: nothing may go on behind such a gap in silence.
TEST_P(CopiedDirectory, PutBackOverItsOriginalIsRefusedWithTheGap) {
  start_writer([this](FactorWalPersister& persister) {
    for (int i = 0; i < 100; ++i) send(persister);
    persister.flush(kLong).value();
    shared_->done.store(1);
    await(shared_->phase, 1);
    for (int i = 0; i < 50; ++i) send(persister);
    persister.flush(kLong).value();
    const std::lock_guard blocked(persister.wal()->log().mutex);
    for (int i = 0; i < 7; ++i) send(persister);
    shared_->done.store(2);
    pause();
  });
  await(shared_->done, 1);
  await_quiet_directory();
  copy(data(), path("older"));
  shared_->phase.store(1);
  await(shared_->done, 2);
  kill_writer();
  // In the place of the newer log, its ring file included; the directory itself stays the same one.
  for (const auto& entry : std::filesystem::directory_iterator(data())) {
    if (entry.path().extension() != ".ring") std::filesystem::remove(entry.path());
  }
  for (const auto& entry : std::filesystem::directory_iterator(path("older"))) {
    if (entry.path().extension() == ".ring") continue;
    std::filesystem::copy(entry.path(), data() / entry.path().filename());
  }
  const auto refused = WalManager::open(data());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorruption);
  EXPECT_NE(refused.error().message.find("records 101 to 150 of the ring are missing"),
            std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("factorwal rings --data "), std::string::npos);
  bool dense = false;
  EXPECT_EQ(expect_true(data(), dense), 100U) << "it can be read all the same";
}

TEST_P(CopiedDirectory, OfADirectoryThatWasClosedIsThatLogAndKnowsNothingOfLaterRecords) {
  start_writer([this](FactorWalPersister& persister) {
    for (int i = 0; i < 100; ++i) send(persister);
    persister.shutdown().value();
    persister.wal()->close().value();
    shared_->done.store(1);
    pause();
  });
  await(shared_->done, 1);
  kill_writer();
  copy(data(), path("older"));
  start_writer([this](FactorWalPersister& persister) {
    for (int i = 0; i < 50; ++i) send(persister);
    persister.flush(kLong).value();
  });
  waitpid(writer_, nullptr, 0);
  writer_ = 0;
  auto wal = WalManager::open(path("older"));
  ASSERT_TRUE(wal) << wal.error().message;
  EXPECT_EQ((*wal)->recovery().last_sequence, 100U);
  EXPECT_TRUE((*wal)->recovery().rings.empty());
  ASSERT_TRUE((*wal)->close());
}

// A lock is the kernel's, not the file's: it ends with its process.
TEST_P(CopiedDirectory, WithTheLockFileOfAKilledProcessOpens) {
  start_writer([this](FactorWalPersister& persister) { send(persister); });
  waitpid(writer_, nullptr, 0);
  std::ifstream file(data() + "/LOCK");
  std::uint64_t pid = 0;
  ASSERT_TRUE(file >> pid);
  EXPECT_EQ(pid, static_cast<std::uint64_t>(writer_));
  writer_ = 0;
  auto wal = WalManager::open(data());
  ASSERT_TRUE(wal) << wal.error().message;
  EXPECT_EQ((*wal)->recovery().last_sequence, 1U);
  ASSERT_TRUE((*wal)->close());
}

INSTANTIATE_TEST_SUITE_P(WithRingsIn, CopiedDirectory,
                         testing::Values(ChannelKind::kShm, ChannelKind::kFile),
                         [](const auto& tested) {
                           return tested.param == ChannelKind::kShm ? "Memory" : "Files";
                         });

}  // namespace
}  // namespace factorwal::test
