// A data directory whose file system was unmounted after a kill and comes back under another device
// number, and copies of it that have its inodes: what was accepted is drained once, by the
// directory that accepted it.
//
// Failure: the ring was called another directory's, and a ring in the directory deleted unread,
// with exit 0. Cause: the device number counted as identity. Cure: identifier, inode and birth time
// do; the recorded place tells a copy.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "crash/private_disks.h"
#include "factorwal/persister.h"
#include "support/temp_dir.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr int kDurable = 10;
constexpr int kWaiting = 5;

struct Way {
  const char* file_system;  // "overlay", or what mkfs makes
  ChannelKind channel;
};

class RemountedDirectory : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    FACTORWAL_NEEDS_MOUNTS();
    disk_ = make_disk("disk", "image");
    if (disk_ == nullptr || !disk_->mount()) {
      GTEST_SKIP() << "no " << GetParam().file_system
                   << " can be made and mounted here (mkfs, loop devices, or the kernel)";
    }
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string data() const { return path("disk/data"); }

  std::unique_ptr<PrivateDisk> make_disk(const std::string& point, const std::string& image) {
    const std::string type = GetParam().file_system;
    if (type == "overlay") return std::make_unique<OverlayDisk>(path(image), path(point));
    auto disk = std::make_unique<ImageDisk>(path(image), path(point));
    if (!std::filesystem::exists(path(image)) && !disk->format(type)) return nullptr;
    return disk;
  }
  /// A process that is killed with records in the log of `data()`, and others in its ring only.
  void kill_writer() const {
    const pid_t child = fork();
    if (child == 0) {
      LogOptions small;
      small.segment_bytes = std::uint64_t{64} << 10;
      small.free_space_reserve = 0;
      auto wal = WalManager::open(data(), small).value();
      FactorWalConfig config;
      config.channel = GetParam().channel;
      config.channel_bytes = 64 << 10;
      FactorWalPersister persister(wal, config);
      for (int i = 0; i < kDurable; ++i) persister.send_update("A", "f", i, i).value();
      persister.flush(std::chrono::seconds(60)).value();
      const std::lock_guard blocked(wal->log().mutex);
      for (int i = 0; i < kWaiting; ++i) persister.send_update("A", "f", i, i).value();
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
  /// Unmounts and mounts again, until its device has another number.
  void remount() {
    const auto before = disk_->device();
    // Numbers are given from the lowest on, of loop devices and of others: one that is taken
    // meanwhile moves ours.
    ASSERT_TRUE(disk_->unmount());
    ImageDisk other(path("other-image"), path("other"));
    if (other.format("ext4")) (void)other.mount();
    std::filesystem::create_directory(path("other-memory"));
    const SmallDisk memory(path("other-memory"), "64k");
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(disk_->mount());
      if (disk_->device() != before) return;
      ASSERT_TRUE(disk_->unmount());
    }
    GTEST_SKIP() << "the device number is always the same here";
  }
  static LogRecovery open(const std::string& directory) {
    LogOptions options;
    options.free_space_reserve = 0;
    auto wal = WalManager::open(directory, options);
    EXPECT_TRUE(wal) << wal.error().message;
    if (!wal) return {};
    auto found = (*wal)->recovery();
    EXPECT_TRUE((*wal)->close());
    EXPECT_EQ(found.rings.size(), 1U);
    found.rings.resize(1);
    return found;
  }
  static void expect_drained(const std::string& directory) {
    const auto found = open(directory);
    EXPECT_EQ(found.rings[0].verdict, RingVerdict::kDrained) << to_string(found.rings[0].verdict);
    EXPECT_EQ(found.rings[0].drained, std::uint64_t{kWaiting});
    EXPECT_EQ(found.last_sequence, Sequence{kDurable + kWaiting});
  }
  /// Goes on with what is in its log; its original keeps what waits.
  static void expect_copy(const std::string& directory, const std::string& original) {
    const auto found = open(directory);
    const auto& ring = found.rings[0];
    EXPECT_EQ(ring.verdict, RingVerdict::kOtherDirectory) << to_string(ring.verdict);
    EXPECT_EQ(ring.original, original);
    EXPECT_FALSE(ring.may_have_lost());
    EXPECT_EQ(found.last_sequence, Sequence{kDurable});
    EXPECT_EQ(ring.kept.empty(), GetParam().channel == ChannelKind::kShm);
    EXPECT_TRUE(std::filesystem::exists(ring.kept.empty() ? ring.path : ring.kept));
    EXPECT_EQ(std::filesystem::exists(ring.path), ring.kept.empty()) << ring.path;
  }

  TempDir dir_;
  std::unique_ptr<PrivateDisk> disk_;
};

class BlockCopiedDirectory : public RemountedDirectory {};
class SnapshottedDirectory : public RemountedDirectory {};

#define FACTORWAL_REMOUNT()           \
  ASSERT_NO_FATAL_FAILURE(remount()); \
  if (IsSkipped()) return

TEST_P(RemountedDirectory, UnderAnotherDeviceNumberIsDrained) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  FACTORWAL_REMOUNT();
  expect_drained(data());
}

TEST_P(RemountedDirectory, IsDrainedAlsoAtAnotherPlaceAndThroughABindMount) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  FACTORWAL_REMOUNT();
  std::filesystem::rename(data(), path("disk/moved"));
  std::filesystem::create_directory(path("elsewhere"));
  ASSERT_EQ(::mount(path("disk").c_str(), path("elsewhere").c_str(), nullptr, MS_BIND, nullptr), 0);
  expect_drained(path("elsewhere/moved"));
  EXPECT_EQ(::umount2(path("elsewhere").c_str(), 0), 0);
}

TEST_P(RemountedDirectory, AndACopyOfItsFilesLeavesTheRingToIt) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  ASSERT_TRUE(run_program({"cp", "-a", data(), path("disk/copy")}));
  expect_copy(path("disk/copy"), data());
  FACTORWAL_REMOUNT();
  expect_drained(data());
}

// A copy that cannot find its original, which was remounted too, does not take the ring either.
TEST_P(RemountedDirectory, AndACopyThatDoesNotFindItLeavesTheRing) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  ASSERT_TRUE(run_program({"cp", "-a", data(), path("disk/copy")}));
  std::filesystem::rename(data(), path("disk/moved"));
  const auto found = open(path("disk/copy"));
  EXPECT_EQ(found.rings[0].verdict, RingVerdict::kOtherDirectory);
  EXPECT_TRUE(found.rings[0].may_have_lost()) << "nobody knows whether it is the original";
  expect_drained(path("disk/moved"));
}

TEST_P(BlockCopiedDirectory, KeepsItsRingFromTheCopyBesideIt) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  ASSERT_TRUE(disk_->unmount());
  ASSERT_TRUE(run_program({"cp", "--sparse=always", path("image"), path("image-copy")}));
  ASSERT_TRUE(disk_->mount());
  auto copy = make_disk("copy", "image-copy");
  ASSERT_TRUE(copy->mount());
  expect_copy(path("copy/data"), data());
  // The same under other numbers for both.
  FACTORWAL_REMOUNT();
  expect_drained(data());
}

TEST_P(SnapshottedDirectory, KeepsItsRingAndPassesItToTheSnapshotThatReplacesIt) {
  const auto volume = path("disk/volume");
  ASSERT_TRUE(run_program({"btrfs", "subvolume", "create", volume}));
  std::filesystem::create_directory(volume + "/data");
  std::filesystem::create_directory_symlink(volume + "/data", data());
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  ASSERT_TRUE(run_program({"btrfs", "subvolume", "snapshot", volume, path("disk/snapshot")}));
  expect_copy(path("disk/snapshot/data"), volume + "/data");
  ASSERT_TRUE(run_program({"btrfs", "subvolume", "snapshot", volume, path("disk/second")}));
  ASSERT_TRUE(run_program({"btrfs", "subvolume", "delete", volume}));
  std::filesystem::rename(path("disk/second"), volume);
  expect_drained(volume + "/data");
}

std::vector<Way> ways(std::initializer_list<const char*> file_systems) {
  std::vector<Way> all;
  for (const auto* file_system : file_systems) {
    for (const auto channel : {ChannelKind::kShm, ChannelKind::kFile}) {
      all.push_back({file_system, channel});
    }
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Way>& tested) {
  return std::string(tested.param.file_system) +
         (tested.param.channel == ChannelKind::kShm ? "Shm" : "File");
}

INSTANTIATE_TEST_SUITE_P(On, RemountedDirectory,
                         testing::ValuesIn(ways({"ext4", "xfs", "btrfs", "overlay"})), name_of);
// btrfs mounts no copy of what is mounted.
INSTANTIATE_TEST_SUITE_P(On, BlockCopiedDirectory, testing::ValuesIn(ways({"ext4", "xfs"})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(On, SnapshottedDirectory, testing::ValuesIn(ways({"btrfs"})), name_of);

}  // namespace
}  // namespace factorwal::test
