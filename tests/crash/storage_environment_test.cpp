// Storage that fails for real, under a real engine: a file system that is full, limits of the
// process, a directory that is deleted, renamed or read-only, shared memory that is full. Whatever
// it is: with `degrade` values go on, nothing is claimed, and once the cause is gone everything
// accepted is durable, in a history that is byte for byte that of an undisturbed run; with `stop`
// ticks are refused with the reason, and a reopen goes on with everything accepted.

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "crash/private_mounts.h"
#include "engine/engine_fixture.h"
#include "support/file_text.h"
#include "support/history.h"
#include "support/limit.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;
using OnStorageFailure = FactorWalConfig::OnStorageFailure;

constexpr std::chrono::seconds kLong{60};
constexpr std::size_t kTicks = 15'000;
constexpr std::size_t kPerStep = 200;
constexpr std::uint64_t kSegmentBytes = std::uint64_t{128} << 10;

class StorageEnvironment : public testing::Test {
 protected:
  StorageEnvironment() : ticks_(make_ticks(kTicks, 5, 7)) {
    std::filesystem::create_directory(dir_ / "disk");
    auto whole = open((dir_ / "whole").string(), OnStorageFailure::kStop);
    truth_ = feed(*whole, ticks_, 0, kTicks);
    EXPECT_TRUE(whole->close());
    history_ = read_history(dir_ / "whole").bytes;
  }
  std::unique_ptr<Engine> open(const std::string& directory, OnStorageFailure on_failure) {
    auto factors = FactorSet::parse("factor ma = ts_mean(last, 20)\nfactor e = ema(last, 9)\n",
                                    TickSchema::quotes())
                       .value();
    EngineOptions options;
    options.persist.on_storage_failure = on_failure;
    options.persist.channel_bytes = std::size_t{16} << 20;
    options.log.segment_bytes = kSegmentBytes;
    options.log.free_space_reserve = 0;
    auto engine = Engine::open(directory, std::move(factors), options);
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? std::move(*engine) : nullptr;
  }
  void start(OnStorageFailure on_failure, const std::string& at = "disk/data") {
    data_ = (dir_ / at).string();
    engine_ = open(data_, on_failure);
    ASSERT_NE(engine_, nullptr);
    fed_ = 0;
    values_.clear();
  }
  void feed_on(std::size_t count) {
    ASSERT_LE(fed_ + count, kTicks) << "storage has not failed in all these ticks";
    const auto more = feed(*engine_, ticks_, fed_, fed_ + count);
    values_.insert(values_.end(), more.begin(), more.end());
    fed_ += count;
  }
  void await(StorageState state) const {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (engine_->health().state != state) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << engine_->health().reason;
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  /// Longer, the more ticks have been given without an answer: the machine may be busy.
  void let_it_write() const {
    std::this_thread::sleep_for(milliseconds(fed_ < kTicks / 2 ? 1 : 50));
  }
  /// Ticks until storage fails.
  void feed_until_degraded() {
    while (engine_->health().state == StorageState::kOk) {
      ASSERT_NO_FATAL_FAILURE(feed_on(kPerStep));
      let_it_write();
    }
  }
  /// ... and for as long as the disk is full. A try that had begun before may still succeed.
  void fill_disk() {
    std::ofstream(dir_ / "disk/filler") << std::string(1 << 20, 'x');
    do {
      ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
      std::this_thread::sleep_for(milliseconds(120));
    } while (engine_->health().state == StorageState::kOk);
  }
  /// While storage fails: nothing is claimed, the reason is told, and values go on.
  void expect_to_go_on_without(int code) {
    const auto frozen = engine_->marks().durable;
    const auto at_risk = engine_->data_at_risk().records;
    ASSERT_NO_FATAL_FAILURE(feed_on(1000));
    std::this_thread::sleep_for(milliseconds(120));  // it is tried again meanwhile
    EXPECT_EQ(engine_->marks().durable, frozen);
    EXPECT_EQ(engine_->marks().accepted, fed_);
    EXPECT_EQ(engine_->data_at_risk().records, at_risk + 1000);
    EXPECT_EQ(engine_->health().errno_value, code) << engine_->health().reason;
    EXPECT_EQ(engine_->status().error().code, Errc::kDegraded);
  }
  /// The cause is gone: all is durable without a reopen, and nothing differs from an undisturbed
  /// run, in the values given and in the log.
  void expect_recovered() {
    ASSERT_NO_FATAL_FAILURE(await(StorageState::kOk));
    ASSERT_TRUE(engine_->flush(kLong)) << engine_->status().error().message;
    EXPECT_EQ(engine_->marks().durable, fed_);
    ASSERT_NO_FATAL_FAILURE(feed_on(kTicks - fed_));
    EXPECT_TRUE(values_ == truth_);
    ASSERT_TRUE(engine_->close());
    EXPECT_TRUE(read_history(data_).bytes == history_);
  }
  [[nodiscard]] std::string segment_in_use() const {
    const auto manifest = wal::load_manifest(posix_file_system(), data_);
    return data_ + "/" + wal::segment_name(manifest->in_use);
  }
  /// A deleted file that this process has open still.
  static void put_back(const std::string& path) {
    for (const auto& open_file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code failed;
      const auto target = std::filesystem::read_symlink(open_file.path(), failed);
      if (target != path + " (deleted)") continue;
      std::filesystem::copy_file(open_file.path(), path + ".copy");
      std::filesystem::rename(path + ".copy", path);
      return;
    }
    FAIL() << path << " is not open";
  }
  /// With `stop`: ticks until one is refused.
  void feed_until_refused() {
    for (;; ++fed_) {
      ASSERT_LT(fed_, kTicks) << "storage has not failed in all these ticks";
      const auto& tick = ticks_[fed_];
      const auto row = static_cast<std::uint64_t>(fed_ + 1);
      const auto sent = engine_->process_tick(
          {engine_->instrument(tick.instrument).value(), tick.timestamp_ns, tick.fields},
          std::as_bytes(std::span(&row, 1)));
      if (sent.status == SendStatus::kStopped) return;
      ASSERT_TRUE(sent.accepted()) << to_string(sent.status);
      if (fed_ % kPerStep == 0) let_it_write();
    }
  }
  /// A reopen goes on with everything accepted.
  void expect_reopened() {
    engine_ = open(data_, OnStorageFailure::kStop);
    ASSERT_NE(engine_, nullptr);
    EXPECT_EQ(engine_->recovery().log.last_sequence, fed_);
    (void)feed(*engine_, ticks_, fed_, kTicks);
    ASSERT_TRUE(engine_->close());
    EXPECT_TRUE(read_history(data_).bytes == history_);
  }

  TempDir dir_;
  const std::vector<MadeTick> ticks_;
  Bits truth_;
  std::string history_;
  std::string data_;
  std::unique_ptr<Engine> engine_;
  std::size_t fed_ = 0;
  Bits values_;
};

TEST_F(StorageEnvironment, FullDiskIsOutlivedAndTheHistoryIsThatOfAnUndisturbedRun) {
  FACTORWAL_NEEDS_MOUNTS();
  const SmallDisk disk(dir_ / "disk", "512k");
  ASSERT_TRUE(disk.made());
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
  ASSERT_NO_FATAL_FAILURE(fill_disk());
  ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(ENOSPC));
  ASSERT_TRUE(disk.resize("64m"));
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

TEST_F(StorageEnvironment, FullDiskStopsWithTheReasonAndAReopenGoesOn) {
  FACTORWAL_NEEDS_MOUNTS();
  const SmallDisk disk(dir_ / "disk", "512k");
  ASSERT_TRUE(disk.made());
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_until_refused());
  EXPECT_EQ(engine_->health().errno_value, ENOSPC);
  EXPECT_NE(engine_->status().error().message.find("No space left"), std::string::npos)
      << engine_->status().error().message;
  EXPECT_FALSE(engine_->close());
  engine_.reset();
  // An open without space for what waits is refused, and loses nothing of it.
  std::ofstream(dir_ / "disk/filler") << std::string(1 << 20, 'x');
  const auto refused = WalManager::open(data_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errno_value, ENOSPC) << refused.error().message;
  ASSERT_TRUE(disk.resize("64m"));
  ASSERT_NO_FATAL_FAILURE(expect_reopened());
}

TEST_F(StorageEnvironment, LimitOnFileSizesIsAFailureThatPassesAndNoSignal) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  {
    const Limit limit(RLIMIT_FSIZE, kSegmentBytes / 2);
    ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
    ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(EFBIG));
  }
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

TEST_F(StorageEnvironment, LimitOnOpenFilesIsAFailureThatPasses) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  {
    const Limit limit(RLIMIT_NOFILE, 3);  // whatever is open stays so
    ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
    ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(EMFILE));
  }
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

TEST_F(StorageEnvironment, ReadOnlyDirectoryIsOutlived) {
  FACTORWAL_NEEDS_MOUNTS();
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  {
    const ReadOnly read_only(data_);
    ASSERT_TRUE(read_only.made());
    ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
    ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(EROFS));
  }
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

TEST_F(StorageEnvironment, RenamedDirectoryIsOutlivedOnceItIsBack) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  std::filesystem::rename(data_, data_ + "-elsewhere");
  ASSERT_NO_FATAL_FAILURE(feed_until_degraded());
  ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(ENOENT));
  EXPECT_FALSE(std::filesystem::exists(data_)) << "nothing is made where it was";
  std::filesystem::rename(data_ + "-elsewhere", data_);
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

TEST_F(StorageEnvironment, RenamedDirectoryMayBeOpenedWhereItIsNow) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  std::filesystem::rename(data_, data_ + "-elsewhere");
  ASSERT_NO_FATAL_FAILURE(feed_until_refused());
  EXPECT_EQ(engine_->health().errno_value, ENOENT);
  EXPECT_FALSE(engine_->close());
  engine_.reset();
  data_ += "-elsewhere";
  ASSERT_NO_FATAL_FAILURE(expect_reopened());
}

// Failure: the engine put its manifest over the other log's, and both ended without a word. Cause:
// only a retry after a failure looked whose directory it was. Cure: every step that changes names
// does.
TEST_F(StorageEnvironment, ADirectoryInThePlaceOfARenamedOneIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  std::filesystem::rename(data_, data_ + "-elsewhere");
  const auto write_another = [&] {
    auto wal = WalManager::open(data_).value();
    ASSERT_TRUE(wal->append(FactorWalMessage::Update{"A", "f", 1, 1}));
    ASSERT_TRUE(wal->close());
  };
  ASSERT_NO_FATAL_FAILURE(write_another());
  const auto before = contents_of(data_);
  ASSERT_NO_FATAL_FAILURE(feed_until_refused());
  EXPECT_NE(engine_->status().error().message.find("another"), std::string::npos)
      << engine_->status().error().message;
  EXPECT_FALSE(engine_->close());
  engine_.reset();
  const auto after = contents_of(data_);
  for (const auto& [name, bytes] : before) {
    EXPECT_TRUE(after.contains(name) && after.at(name) == bytes) << name;
  }
  EXPECT_EQ(after.size(), before.size());
  data_ += "-elsewhere";
  ASSERT_NO_FATAL_FAILURE(expect_reopened());
}

// Failure: two writers, and each was told that its records were durable. The one that came first
// cannot know at once; it is told at its next step at the latest, and at its close.
TEST_F(StorageEnvironment, ASecondWriterBehindADeletedLockIsNoticedByTheFirst) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  std::filesystem::remove(data_ + "/LOCK");
  const auto write_too = [&] {
    auto wal = WalManager::open(data_).value();
    ASSERT_TRUE(wal->append(FactorWalMessage::Update{"A", "f", 1, 1}));
    ASSERT_TRUE(wal->close());
  };
  ASSERT_NO_FATAL_FAILURE(write_too());
  const auto closed = engine_->close();
  ASSERT_FALSE(closed);
  EXPECT_NE(closed.error().message.find("another"), std::string::npos) << closed.error().message;
}

// A file that was deleted takes writes and syncs until it is closed: nothing of that may count.
TEST_F(StorageEnvironment, DeletedDirectoryIsNoticedAtTheNextSync) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(1000));
  ASSERT_TRUE(engine_->flush(kLong));
  std::filesystem::remove_all(data_);
  ASSERT_NO_FATAL_FAILURE(feed_on(1));
  ASSERT_NO_FATAL_FAILURE(await(StorageState::kDegraded));
  EXPECT_EQ(engine_->marks().durable, 1000U);
  ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(ENOENT));
  EXPECT_FALSE(std::filesystem::exists(data_)) << "a log that is gone is not begun anew";
  const auto closed = engine_->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().errno_value, ENOENT) << closed.error().message;
}

// Failure: `degrade` went on in a new segment when the one in use was deleted, and called
// everything durable, although the records that had been in the deleted one were gone.
TEST_F(StorageEnvironment, DeletedSegmentIsAFailureUntilItIsBack) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kDegrade));
  ASSERT_NO_FATAL_FAILURE(feed_on(200));
  ASSERT_TRUE(engine_->flush(kLong));
  const auto segment = segment_in_use();
  std::filesystem::remove(segment);
  ASSERT_NO_FATAL_FAILURE(feed_on(1));
  ASSERT_NO_FATAL_FAILURE(await(StorageState::kDegraded));
  ASSERT_NO_FATAL_FAILURE(expect_to_go_on_without(ENOENT));
  EXPECT_NE(engine_->health().reason.find(segment), std::string::npos) << engine_->health().reason;
  EXPECT_NE(engine_->health().reason.find("put it back"), std::string::npos);
  ASSERT_NO_FATAL_FAILURE(put_back(segment));
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

// It has its name no more, but is whole: syncs do not tell.
TEST_F(StorageEnvironment, RenamedSegmentIsSaidByTheNextRotation) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_on(200));
  const auto segment = segment_in_use();
  std::filesystem::rename(segment, data_ + "/kept");
  ASSERT_NO_FATAL_FAILURE(feed_until_refused());
  EXPECT_NE(engine_->status().error().message.find(segment), std::string::npos)
      << engine_->status().error().message;
  engine_.reset();
  std::filesystem::rename(data_ + "/kept", segment);
  ASSERT_NO_FATAL_FAILURE(expect_reopened());
}

TEST_F(StorageEnvironment, RenamedSegmentIsSaidByTheClose) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(feed_on(200));
  const auto segment = segment_in_use();
  std::filesystem::rename(segment, data_ + "/kept");
  const auto closed = engine_->close();
  ASSERT_FALSE(closed);
  EXPECT_NE(closed.error().message.find(segment), std::string::npos) << closed.error().message;
}

// Failure: a run that had lost a full segment ended as if nothing had happened.
TEST_F(StorageEnvironment, ADeletedFullSegmentIsSaidByTheClose) {
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  const auto first = segment_in_use();
  while (segment_in_use() == first) {
    ASSERT_NO_FATAL_FAILURE(feed_on(kPerStep));
    ASSERT_TRUE(engine_->flush(kLong));
  }
  std::filesystem::remove(first);
  ASSERT_NO_FATAL_FAILURE(feed_on(kTicks - fed_));
  EXPECT_TRUE(values_ == truth_);
  const auto closed = engine_->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Errc::kCorruption);
  EXPECT_NE(closed.error().message.find(first), std::string::npos) << closed.error().message;
  EXPECT_EQ(engine_->marks().durable, kTicks);
}

TEST_F(StorageEnvironment, DirectoryInMemoryWorksAsAnyOther) {
  FACTORWAL_NEEDS_MOUNTS();
  const SmallDisk disk(dir_ / "disk", "64m");
  ASSERT_TRUE(disk.made());
  ASSERT_NO_FATAL_FAILURE(start(OnStorageFailure::kStop));
  ASSERT_NO_FATAL_FAILURE(expect_recovered());
}

// Failure: in a chroot without it every open said that a file was not found.
TEST_F(StorageEnvironment, WithoutProcAnOpenSaysThatItIsNeeded) {
  FACTORWAL_NEEDS_MOUNTS();
  const SmallDisk nothing("/proc", "1m");
  ASSERT_TRUE(nothing.made());
  const auto wal = WalManager::open((dir_ / "no-proc").string());
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, Errc::kIo);
  EXPECT_NE(wal.error().message.find("/proc is needed"), std::string::npos) << wal.error().message;
}

TEST_F(StorageEnvironment, FullSharedMemoryFallsBackToAFileThatOutlivesAKill) {
  FACTORWAL_NEEDS_MOUNTS();
  const SmallDisk shared_memory("/dev/shm", "1m");
  ASSERT_TRUE(shared_memory.made());
  data_ = (dir_ / "disk/data").string();
  const pid_t child = fork();
  if (child == 0) {
    auto engine = open(data_, OnStorageFailure::kStop);
    if (engine->persister().channel_fallback().find("No space left") == std::string::npos) _exit(1);
    const std::lock_guard blocked(engine->persister().wal()->log().mutex);
    (void)feed(*engine, ticks_, 0, 500);
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it did not fall back, or did not say so";
  fed_ = 500;
  engine_ = open(data_, OnStorageFailure::kStop);
  ASSERT_NE(engine_, nullptr);
  // A small ring found room; that of the ticks did not.
  const auto& rings = engine_->recovery().log.rings;
  const auto file = std::ranges::find(rings, ChannelKind::kFile, &RingRecovery::kind);
  ASSERT_NE(file, rings.end());
  EXPECT_EQ(file->drained, 500U);
  ASSERT_TRUE(engine_->close());
  ASSERT_NO_FATAL_FAILURE(expect_reopened());
}

}  // namespace
}  // namespace factorwal::test
