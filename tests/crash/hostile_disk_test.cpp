// Real file systems that stop taking writes under a running persister: frozen for a snapshot, full
// although every page of the channel was allocated, shut down. The host lives on, and nothing is
// claimed that does not hold.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "crash/private_disks.h"
#include "factorwal/persister.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds kLong{60};

/// A file system that takes no writes while this lives.
class Frozen {
 public:
  explicit Frozen(const std::string& point)
      : fd_(::open(point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    frozen_ = fd_ >= 0 && ::ioctl(fd_, FIFREEZE, 0) == 0;
  }
  ~Frozen() {
    thaw();
    if (fd_ >= 0) ::close(fd_);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;
  [[nodiscard]] bool is_frozen() const { return frozen_; }
  void thaw() {
    if (std::exchange(frozen_, false)) ::ioctl(fd_, FITHAW, 0);
  }

 private:
  int fd_;
  bool frozen_ = false;
};

/// `xfs_io -x -c shutdown`: as after errors of the device.
bool shut_down(const std::string& point) {
  constexpr unsigned long kGoingDown = _IOR('X', 125, std::uint32_t);
  const int fd = ::open(point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t without_log = 2;
  const bool done = fd >= 0 && ::ioctl(fd, kGoingDown, &without_log) == 0;
  if (fd >= 0) ::close(fd);
  return done;
}

void fill(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0);
  for (std::size_t block = std::size_t{1} << 20; block >= 512; block /= 2) {
    std::vector<char> noise(block);
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * 7919 >> 3);
    while (::write(fd, noise.data(), noise.size()) > 0) continue;
    ::fsync(fd);
  }
  ::close(fd);
}

class HostileDisk : public testing::TestWithParam<ChannelKind> {
 protected:
  void mount(const std::string& type) {
    FACTORWAL_NEEDS_MOUNTS();
    disk_.emplace(dir_ / "image", dir_ / "disk");
    if (!disk_->format(type) || !disk_->mount()) {
      GTEST_SKIP() << "no " << type << " can be made and mounted here";
    }
  }
  void start(FactorWalConfig::OnStorageFailure on_failure) {
    LogOptions options;
    options.segment_bytes = std::uint64_t{64} << 10;
    options.free_space_reserve = 0;
    FactorWalConfig config;
    config.channel = GetParam();
    config.on_storage_failure = on_failure;
    persister_.emplace(WalManager::open(disk_->point() + "/data", options).value(), config);
    send(100);
    ASSERT_TRUE(persister_->flush(kLong));
  }
  void send(int count) {
    for (int i = 0; i < count; ++i) {
      if (persister_->send_update("A", "f", i, 1)) ++accepted_;
    }
  }

  TempDir dir_;
  std::optional<ImageDisk> disk_;  // before what has files on it
  std::optional<FactorWalPersister> persister_;
  std::atomic<int> accepted_{0};
};

TEST_P(HostileDisk, ThatIsFrozenDelaysSendsOnlyWhereTheChannelIsAFile) {
  ASSERT_NO_FATAL_FAILURE(mount("ext4"));
  if (IsSkipped()) return;
  start(FactorWalConfig::OnStorageFailure::kStop);
  std::atomic<int> stage{0};
  std::thread sender([&] {
    send(1);  // has its ring from here on
    stage = 1;
    while (stage != 2) std::this_thread::yield();
    send(99);
    stage = 3;
  });
  while (stage != 1) std::this_thread::yield();
  EXPECT_TRUE(persister_->flush(kLong));
  Frozen frozen(disk_->point());
  const bool skip = !frozen.is_frozen();
  stage = 2;
  if (GetParam() == ChannelKind::kShm) {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (stage != 3 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_EQ(stage, 3) << "a send waits for the disk";
  } else if (!skip) {
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_NE(stage, 3) << "options.h: a send waits where the file system does";
  }
  (void)persister_->wait_durable(persister_->marks().accepted, milliseconds(10));
  frozen.thaw();
  sender.join();
  if (skip) GTEST_SKIP() << "this kernel does not freeze it";
  EXPECT_EQ(accepted_, 200);
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_TRUE(persister_->shutdown());
}

// The pages of a preallocated, mapped file need new space there when they are written back: SIGBUS.
TEST_P(HostileDisk, ThatCopiesOnWriteAndIsFullEndsNoHost) {
  ASSERT_NO_FATAL_FAILURE(mount("btrfs"));
  if (IsSkipped()) return;
  start(FactorWalConfig::OnStorageFailure::kDegrade);
  ASSERT_NO_FATAL_FAILURE(fill(disk_->point() + "/rest"));
  for (int i = 0; i < 20; ++i) {
    send(500);
    ::sync();
  }
  EXPECT_GT(accepted_, 100);
  std::filesystem::remove(disk_->point() + "/rest");
  ::sync();
  EXPECT_TRUE(persister_->flush(kLong)) << persister_->health().reason;
  EXPECT_EQ(persister_->marks().durable, static_cast<Sequence>(accepted_));
  EXPECT_TRUE(persister_->shutdown());
}

TEST_P(HostileDisk, ThatIsShutDownEndsNoHost) {
  ASSERT_NO_FATAL_FAILURE(mount("xfs"));
  if (IsSkipped()) return;
  start(FactorWalConfig::OnStorageFailure::kStop);
  ASSERT_TRUE(shut_down(disk_->point()));
  const int before = accepted_;
  send(100);
  // The persister may have met the failure before the first of them, at its own work; then none is
  // accepted, and all that was is durable.
  const bool flushed = persister_->flush(kLong).has_value();
  EXPECT_FALSE(flushed && accepted_ > before);
  EXPECT_FALSE(persister_->status());
  send(100);
  EXPECT_FALSE(persister_->shutdown());
  persister_.reset();
}

INSTANTIATE_TEST_SUITE_P(WithEach, HostileDisk,
                         testing::Values(ChannelKind::kShm, ChannelKind::kFile),
                         [](const auto& channel) {
                           return channel.param == ChannelKind::kShm ? "Memory" : "File";
                         });

}  // namespace
}  // namespace factorwal::test
