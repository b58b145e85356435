// Whose a ring is when devices, places or formats have changed, and that no open deletes one that
// holds what the log does not.

#include "recovery/directory_origin.h"

#include <gtest/gtest.h>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/persister.h"
#include "support/memory_file_system.h"
#include "wal/format/manifest.h"
#include "wal/writing/log.h"

namespace factorwal::wal::test {
namespace {

using channel::RingImage;
using factorwal::test::MemoryFileSystem;
using factorwal::test::Unsynced;

constexpr const char* kData = "/data";
constexpr std::chrono::seconds kLong{60};
constexpr std::uint64_t kDurable = 10;
constexpr std::uint64_t kWaiting = 5;

class WhoseRing : public testing::TestWithParam<ChannelKind> {
 protected:
  /// After a kill: `kDurable` updates in the log, `kWaiting` in the channel only.
  void SetUp() override {
    MemoryFileSystem running;
    auto wal = WalManager::open_on(running, kData).value();
    FactorWalConfig config;
    config.channel = GetParam();
    config.channel_bytes = 64 << 10;
    FactorWalPersister persister(wal, config);
    for (std::uint64_t i = 0; i < kDurable; ++i) ASSERT_TRUE(persister.send_update("A", "f", 1, 1));
    ASSERT_TRUE(persister.flush(kLong));
    const std::lock_guard blocked(wal->log().mutex);
    for (std::uint64_t i = 0; i < kWaiting; ++i) ASSERT_TRUE(persister.send_update("A", "f", 1, 1));
    if (GetParam() == ChannelKind::kFile) rebooted_ = running.after_power_loss(Unsynced::kKept);
    disk_ = running.copy();
  }
  Result<LogRecovery> open(FileSystem& files, const std::string& directory = kData,
                           OnCorruption on_corruption = OnCorruption::kRefuse) {
    LogOptions options;
    options.on_corruption = on_corruption;
    auto wal = WalManager::open_on(files, directory, options);
    if (!wal) return wal.error();
    auto found = (*wal)->recovery();
    EXPECT_TRUE((*wal)->close());
    EXPECT_EQ(found.rings.size(), 1U);
    found.rings.resize(1);
    return found;
  }
  static std::string ring_in(const MemoryFileSystem& files, std::string_view ending = ".ring") {
    for (const auto& path : files.paths()) {
      if (path.ends_with(ending)) return path;
    }
    return {};
  }
  void expect_drained(const std::string& directory = kData) {
    const auto found = open(*disk_, directory);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->rings[0].verdict, RingVerdict::kDrained) << to_string(found->rings[0].verdict);
    EXPECT_EQ(found->last_sequence, kDurable + kWaiting);
    EXPECT_FALSE(found->rings[0].may_have_lost());
  }
  /// Seals what a test has changed in a header or a list.
  static void seal(Bytes& bytes, std::size_t size) {
    store(bytes.data() + channel::kRingChecksumOffset,
          crc32c(ByteView(bytes).subspan(channel::kRingCheckedFrom,
                                         size - channel::kRingCheckedFrom)));
  }
  void set_version(const std::string& path, std::uint32_t version, std::size_t sealed_bytes) {
    auto bytes = disk_->content(path);
    store(bytes.data() + channel::kRingCheckedFrom, version);
    seal(bytes, sealed_bytes == 0 ? bytes.size() : sealed_bytes);
    disk_->put_file(path, bytes);
  }

  std::unique_ptr<MemoryFileSystem> disk_;
  std::unique_ptr<MemoryFileSystem> rebooted_;  // of a channel in files
};

TEST_P(WhoseRing, IsTheSameDirectorysUnderAnotherDeviceNumber) {
  disk_->remount();
  expect_drained();
}

TEST_P(WhoseRing, IsTheOriginalsBesideASnapshotOfIt) {
  disk_->clone_directory(kData, "/snapshot");
  const auto copied = open(*disk_, "/snapshot");
  ASSERT_TRUE(copied) << copied.error().message;
  const auto& ring = copied->rings[0];
  EXPECT_EQ(ring.verdict, RingVerdict::kOtherDirectory);
  EXPECT_EQ(ring.original, kData);
  EXPECT_FALSE(ring.may_have_lost());
  EXPECT_EQ(copied->last_sequence, kDurable);
  expect_drained();
}

TEST_P(WhoseRing, IsTheOriginalsInItsPlaceAlsoWhenBothHaveNewDevices) {
  disk_->clone_directory(kData, "/snapshot");
  disk_->remount();
  EXPECT_EQ(open(*disk_, "/snapshot")->rings[0].verdict, RingVerdict::kOtherDirectory);
  expect_drained();
}

TEST_P(WhoseRing, IsTheSnapshotsWhenTheOriginalIsGone) {
  disk_->clone_directory(kData, "/snapshot");
  for (const auto& path : disk_->paths()) {
    if (path.starts_with("/data/")) disk_->erase(path);
  }
  expect_drained("/snapshot");
}

// A process in another container may have it, with its directory where nothing leads to from here.
TEST_P(WhoseRing, IsItsProcessesWhileThatLives) {
  if (GetParam() == ChannelKind::kFile) GTEST_SKIP() << "a file in the directory is its own";
  const auto path = ring_in(*disk_);
  const auto content = disk_->content(path);
  disk_->erase(path);
  const auto in_use = disk_->map_new(path, {content.size(), content.size(), content});
  disk_->remount();
  const auto found = open(*disk_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->rings[0].verdict, RingVerdict::kOtherDirectory);
  EXPECT_TRUE(found->rings[0].may_have_lost());
  EXPECT_TRUE(disk_->exists(path).value());
}

TEST_P(WhoseRing, OfAnEarlierPreReleaseRefusesTheOpenAndIsNotTouched) {
  const bool in_list = GetParam() == ChannelKind::kFile;  // that of the list, or of the ring
  const auto path = in_list ? std::string("/data/RINGS") : ring_in(*disk_);
  set_version(path, 1, in_list ? 0 : channel::kRingCheckedTo);
  for (const auto policy : {OnCorruption::kRefuse, OnCorruption::kQuarantine}) {
    const auto before = disk_->changes();
    const auto refused = open(*disk_, kData, policy);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kUnsupportedVersion);
    for (const auto* word : {path.c_str(), "an earlier pre-release", "close it in order"}) {
      EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
    }
    EXPECT_EQ(disk_->changes(), before);
  }
}

// Failure: a ring beside the log that could not be drained was deleted, unread, whatever it held.
TEST_P(WhoseRing, OfAnotherBootIsKeptWithACountOfWhatItHolds) {
  if (GetParam() == ChannelKind::kShm) GTEST_SKIP() << "shared memory ends with the boot";
  const auto path = ring_in(*rebooted_);
  const auto content = rebooted_->content(path);
  const auto found = open(*rebooted_);
  ASSERT_TRUE(found) << found.error().message;
  const auto& ring = found->rings[0];
  EXPECT_EQ(ring.verdict, RingVerdict::kOtherBoot);
  EXPECT_EQ(ring.kept, path + ".kept");
  EXPECT_TRUE(ring.counted);
  EXPECT_EQ(ring.lost, kWaiting);
  EXPECT_TRUE(ring.may_have_lost());
  EXPECT_EQ(rebooted_->content(ring.kept), content);
  EXPECT_EQ(ring_in(*rebooted_), "") << "no open takes it for a ring again";
  const auto again = WalManager::open_on(*rebooted_, kData);
  ASSERT_TRUE(again);
  EXPECT_TRUE((*again)->recovery().rings.empty());
}

TEST_P(WhoseRing, OfAnotherBootGoesIfTheLogHasAllOfIt) {
  if (GetParam() == ChannelKind::kShm) GTEST_SKIP() << "shared memory ends with the boot";
  // An open that was cut short after it had drained all.
  for (std::uint64_t n = 1; n < 1000; ++n) {
    auto cut = disk_->copy();
    cut->stop_at(n);
    { const auto wal = WalManager::open_on(*cut, kData); }
    const auto left = cut->after_power_loss(Unsynced::kKept);
    auto view = open_log_view(*left, kData);
    if (ring_in(*left).empty() || !view || view->last_sequence < kDurable + kWaiting) continue;
    const auto found = open(*left);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->rings[0].kept, "");
    EXPECT_EQ(found->rings[0].lost, 0U);
    EXPECT_EQ(ring_in(*left, ".kept"), "");
    return;
  }
  FAIL() << "no such moment";
}

TEST_P(WhoseRing, IsNeverGoneAndNeverForgottenWhereverTheOpenThatGivesItUpEnds) {
  if (GetParam() == ChannelKind::kShm) GTEST_SKIP() << "shared memory ends with the boot";
  for (std::uint64_t n = 1;; ++n) {
    auto cut = rebooted_->copy();
    cut->stop_at(n);
    const bool opened = WalManager::open_on(*cut, kData).has_value() && !cut->struck();
    const auto left = cut->copy();
    const bool kept = !ring_in(*left, ".kept").empty();
    ASSERT_TRUE(kept || !ring_in(*left).empty()) << "stopped at call " << n;
    if (opened) break;
    auto wal = WalManager::open_on(*left, kData);
    ASSERT_TRUE(wal) << wal.error().message;
    const auto& rings = (*wal)->recovery().rings;
    ASSERT_FALSE(rings.empty()) << "told by nobody when stopped at call " << n;
    for (const auto& ring : rings) EXPECT_TRUE(ring.may_have_lost());
  }
}

// Failure: an open that was killed behind the change of the list, or that failed later and closed
// the log in order, was the only one to know of a loss. Cure: the ring stays on record until then.
TEST_P(WhoseRing, ThatIsMissingIsToldUntilTheLogIsClosedInOrder) {
  disk_->erase(ring_in(*disk_));
  for (int i = 0; i < 3; ++i) {
    const auto wal = WalManager::open_on(*disk_, kData);  // not closed: nobody was told
    ASSERT_TRUE(wal) << wal.error().message;
    ASSERT_EQ((*wal)->recovery().rings.size(), 1U);
    EXPECT_EQ((*wal)->recovery().rings[0].verdict, RingVerdict::kAbsent);
  }
  ASSERT_TRUE(open(*disk_));
  const auto again = WalManager::open_on(*disk_, kData);
  ASSERT_TRUE(again);
  EXPECT_TRUE((*again)->recovery().rings.empty());
}

TEST_P(WhoseRing, DamagedOrNotIsKeptByQuarantine) {
  const auto path = ring_in(*disk_);
  disk_->flip(path, 40, 1);
  const auto content = disk_->content(path);
  ASSERT_FALSE(open(*disk_));
  const auto found = open(*disk_, kData, OnCorruption::kQuarantine);
  ASSERT_TRUE(found) << found.error().message;
  const auto& ring = found->rings[0];
  EXPECT_EQ(ring.verdict, RingVerdict::kDamaged);
  EXPECT_EQ(disk_->content(ring.kept.empty() ? path : ring.kept), content);
  EXPECT_EQ(ring.kept.empty(), GetParam() == ChannelKind::kShm);
}

INSTANTIATE_TEST_SUITE_P(In, WhoseRing, testing::Values(ChannelKind::kShm, ChannelKind::kFile),
                         [](const auto& tested) {
                           return tested.param == ChannelKind::kShm ? "Memory" : "Files";
                         });

class DirectoryOrigin : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(WalManager::open_on(files_, kData));
    recorded_ = {load_manifest(files_, kData)->directory, files_.file_id(kData).value(), kData};
  }
  recovery::Origin origin_of_here(const recovery::DirectoryMark& here) {
    return recovery::origin_of(files_, recorded_, here);
  }
  [[nodiscard]] recovery::DirectoryMark elsewhere() const {
    auto here = recorded_;
    here.path = "/elsewhere";
    return here;
  }

  MemoryFileSystem files_;
  recovery::DirectoryMark recorded_;
};

TEST_F(DirectoryOrigin, IsTheSameWhereverItsPathLeads) {
  EXPECT_EQ(origin_of_here(recorded_), recovery::Origin::kSame);
  EXPECT_EQ(origin_of_here(elsewhere()), recovery::Origin::kSame)
      << "moved, or bound to another place";
}

TEST_F(DirectoryOrigin, OfAnotherDirectoryThatGotItsInodeIsTold) {
  auto here = elsewhere();
  ++here.id.birth_ns;
  EXPECT_EQ(origin_of_here(here), recovery::Origin::kCopy);
  files_.erase("/data/MANIFEST");
  EXPECT_EQ(origin_of_here(here), recovery::Origin::kStranger);
}

TEST_F(DirectoryOrigin, WithoutBirthTimesIsToldByTheInode) {
  recorded_.id.birth_ns = 0;
  EXPECT_EQ(origin_of_here(elsewhere()), recovery::Origin::kSame);
  auto here = elsewhere();
  ++here.id.inode;
  EXPECT_EQ(origin_of_here(here), recovery::Origin::kCopy);
}

TEST_F(DirectoryOrigin, OfAnotherLogInItsInodeIsToldByTheIdentity) {
  auto here = elsewhere();
  here.identity[0] ^= std::byte{1};
  EXPECT_FALSE(recovery::is_own(origin_of_here(here)));
}

TEST_F(DirectoryOrigin, UnderAnotherDeviceIsACopyIfAnotherOneIsInItsPlace) {
  auto here = elsewhere();
  ++here.id.device;
  EXPECT_EQ(origin_of_here(here), recovery::Origin::kCopy);
  files_.erase("/data/MANIFEST");
  EXPECT_EQ(origin_of_here(here), recovery::Origin::kRemounted);
}

}  // namespace
}  // namespace factorwal::wal::test
