// What an open makes of the channel that a killed process left: drained once, or told and not used.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/persister.h"
#include "support/memory_file_system.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr const char* kDirectory = "/data";
constexpr std::chrono::seconds kLong{60};

/// A writer that is killed while its persister hangs in front of the disk.
class ChannelDrainTest : public testing::Test {
 protected:
  ChannelDrainTest() : files_(std::make_unique<MemoryFileSystem>()) {}

  /// What is there after a kill: `durable` updates in the log, `waiting` in the channel only.
  std::unique_ptr<MemoryFileSystem> killed(int durable, int waiting,
                                           ChannelKind kind = ChannelKind::kShm) {
    auto wal = WalManager::open_on(*files_, kDirectory).value();
    FactorWalConfig config;
    config.channel = kind;
    config.channel_bytes = 128 << 10;
    FactorWalPersister persister(wal, config);
    // Two commits: all names are defined in the first.
    send(persister, durable - durable / 3);
    EXPECT_TRUE(persister.flush(kLong));
    send(persister, durable / 3);
    EXPECT_TRUE(persister.flush(kLong));
    // Not while it writes its frontier: the copy would be of two moments.
    const std::lock_guard blocked(wal->log().mutex);
    send(persister, waiting);
    return files_->copy();
  }
  void send(FactorWalPersister& persister, int count) {
    for (int i = 0; i < count; ++i) {
      const auto name = std::string(1, static_cast<char>('A' + sent_ % 7));
      ASSERT_TRUE(persister.send_update(name, "f", sent_, sent_));
      ++sent_;
    }
  }

  static Result<LogRecovery> open(FileSystem& files,
                                  OnCorruption on_corruption = OnCorruption::kRefuse) {
    LogOptions options;
    options.on_corruption = on_corruption;
    auto wal = WalManager::open_on(files, kDirectory, options);
    if (!wal) return wal.error();
    auto found = (*wal)->recovery();
    EXPECT_TRUE((*wal)->close());
    return found;
  }
  static std::vector<double> values_in(FileSystem& files) {
    std::vector<double> values;
    auto view = wal::open_log_view(files, kDirectory).value();
    wal::NameTable names;
    wal::LogReader reader(files, std::move(view), names);
    LogRecord record;
    for (auto found = reader.next(record); found.value(); found = reader.next(record)) {
      EXPECT_EQ(record.instrument_id, std::string(1, static_cast<char>('A' + values.size() % 7)));
      values.push_back(record.value);
    }
    EXPECT_FALSE(reader.corrupt());
    return values;
  }
  static std::vector<double> numbers(int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(i);
    return values;
  }
  static std::string ring_in(const MemoryFileSystem& files) {
    std::string found;
    for (const auto& path : files.paths()) {
      if (path.ends_with(".ring")) found = path;
    }
    return found;
  }
  static RingRecovery only_ring(const LogRecovery& found) {
    EXPECT_EQ(found.rings.size(), 1U);
    return found.rings.empty() ? RingRecovery{} : found.rings.front();
  }

  std::unique_ptr<MemoryFileSystem> files_;
  int sent_ = 0;
};

TEST_F(ChannelDrainTest, BringsInWhatWasAcceptedAndNothingTwice) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    files_ = std::make_unique<MemoryFileSystem>();
    sent_ = 0;
    const auto disk = killed(10, 5, kind);
    const auto first = open(*disk);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->last_sequence, 15U);
    const auto ring = only_ring(*first);
    EXPECT_EQ(ring.verdict, RingVerdict::kDrained);
    EXPECT_EQ(ring.kind, kind);
    EXPECT_EQ(ring.accepted, 15U);
    EXPECT_EQ(ring.logged, 10U);
    EXPECT_EQ(ring.drained, 5U);
    EXPECT_EQ(values_in(*disk), numbers(15));
    EXPECT_EQ(ring_in(*disk), "") << "its work is done";
    const auto second = open(*disk);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->rings.empty());
    EXPECT_EQ(values_in(*disk), numbers(15));
  }
}

TEST_F(ChannelDrainTest, GoesOnWhereADrainWasCutShortAtAnyCall) {
  const auto disk = killed(3, 1500);
  const auto truth = numbers(1503);
  std::uint64_t calls = 0;
  for (std::uint64_t n = 1;; ++n) {
    auto copy = disk->copy();
    copy->stop_at(n);
    {
      // The call that ends it may be in the open or in the close.
      auto wal = WalManager::open_on(*copy, kDirectory);
      if (wal) (void)(*wal)->close();
    }
    const bool struck = copy->struck();
    auto again = copy->copy();  // the process is killed: all that it wrote is there
    const auto found = open(*again);
    ASSERT_TRUE(found) << "stopped at call " << n << ": " << found.error().message;
    ASSERT_EQ(values_in(*again), truth) << "stopped at call " << n;
    if (!struck) break;
    ++calls;
  }
  EXPECT_GT(calls, 10U);
}

TEST_F(ChannelDrainTest, ARingThatIsGoneIsToldAndTheLogGoesOn) {
  const auto disk = killed(10, 5);
  disk->erase(ring_in(*disk));
  const auto found = open(*disk);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(only_ring(*found).verdict, RingVerdict::kAbsent);
  EXPECT_EQ(values_in(*disk), numbers(10));
}

TEST_F(ChannelDrainTest, ARingOfAnotherBootIsNotReplayed) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    files_ = std::make_unique<MemoryFileSystem>();
    sent_ = 0;
    const auto running = killed(10, 5, kind);
    const auto disk = running->after_power_loss(Unsynced::kKept);
    const auto found = open(*disk);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(only_ring(*found).verdict, RingVerdict::kOtherBoot);
    EXPECT_EQ(values_in(*disk), numbers(10));
    EXPECT_EQ(ring_in(*disk), "");
  }
}

TEST_F(ChannelDrainTest, ACopyOfTheDirectoryLeavesTheRingToItsOriginal) {
  const auto disk = killed(10, 5);
  for (const auto& path : disk->paths()) {
    if (path.starts_with("/data/")) disk->put_file("/copy/" + path.substr(6), disk->content(path));
  }
  auto copied = WalManager::open_on(*disk, "/copy");
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(only_ring((*copied)->recovery()).verdict, RingVerdict::kOtherDirectory);
  EXPECT_EQ((*copied)->recovery().last_sequence, 10U);
  ASSERT_TRUE((*copied)->close());
  const auto original = open(*disk);
  ASSERT_TRUE(original);
  EXPECT_EQ(only_ring(*original).verdict, RingVerdict::kDrained);
  EXPECT_EQ(values_in(*disk), numbers(15));
}

TEST_F(ChannelDrainTest, ARingOfANewerReleaseRefusesTheOpenAndChangesNothing) {
  const auto disk = killed(10, 5);
  const auto path = ring_in(*disk);
  auto bytes = disk->content(path);
  store<std::uint32_t>(bytes.data() + channel::kRingCheckedFrom, channel::kRingVersion + 1);
  store(bytes.data() + channel::kRingChecksumOffset,
        crc32c(ByteView(bytes).subspan(channel::kRingCheckedFrom,
                                       channel::kRingCheckedTo - channel::kRingCheckedFrom)));
  disk->put_file(path, bytes);
  const auto before = disk->changes();
  const auto found = open(*disk);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kUnsupportedVersion);
  EXPECT_EQ(disk->changes(), before);
}

TEST_F(ChannelDrainTest, AnOlderLogUnderTheSameRingIsRefusedWithTheGap) {
  const auto older = killed(10, 0);  // its writer has closed since: only its segments serve
  files_ = older->copy();
  // The same directory goes on, and is killed.
  auto wal = WalManager::open_on(*files_, kDirectory).value();
  FactorWalConfig config;
  config.channel_bytes = 64 << 10;
  FactorWalPersister persister(wal, config);
  send(persister, 20);
  ASSERT_TRUE(persister.flush(kLong));
  std::unique_ptr<MemoryFileSystem> disk;
  std::unique_ptr<MemoryFileSystem> log_before;
  {
    const std::lock_guard blocked(wal->log().mutex);
    log_before = files_->copy();
  }
  send(persister, 20);
  ASSERT_TRUE(persister.flush(kLong));
  {
    const std::lock_guard blocked(wal->log().mutex);
    disk = files_->copy();
  }
  for (const auto& path : log_before->paths()) {
    if (path.starts_with("/data/") && path != "/data/RINGS") {
      disk->put_file(path, log_before->content(path));
    }
  }
  const auto before = disk->changes();
  const auto found = open(*disk);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kCorruption);
  EXPECT_NE(found.error().message.find("records 21 to 40 of the ring are missing"),
            std::string::npos)
      << found.error().message;
  EXPECT_EQ(disk->changes(), before);
  const auto gone_on = open(*disk, OnCorruption::kQuarantine);
  ASSERT_TRUE(gone_on) << gone_on.error().message;
  const auto ring = only_ring(*gone_on);
  EXPECT_EQ(ring.verdict, RingVerdict::kAheadOfLog);
  EXPECT_EQ(ring.lost, 20U);
  EXPECT_NE(ring_in(*disk), "") << "what is given up stays where it was";
}

TEST_F(ChannelDrainTest, AHeapChannelIsToldAfterAKill) {
  const auto disk = killed(10, 5, ChannelKind::kHeap);
  const auto found = open(*disk);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(only_ring(*found).verdict, RingVerdict::kHeap);
  EXPECT_EQ(found->last_sequence, 10U);
}

// Any flipped bit is told, or lies where nothing was: never a record that was not sent, and none
// missing without a word.
TEST_F(ChannelDrainTest, AnyFlippedByteOfARingIsToldOrMeansNothing) {
  const auto disk = killed(10, 5);
  const auto path = ring_in(*disk);
  const auto bytes = disk->content(path);
  const auto truth = numbers(15);
  std::uint64_t refused = 0;
  std::vector<std::uint64_t> places;
  for (std::uint64_t i = 0; i < 256; ++i) places.push_back(i);
  for (std::uint64_t i = 0; i < sizeof(channel::RingControl); ++i) {
    places.push_back(channel::kRingControlOffset + i);
  }
  for (std::uint64_t i = 0; i < 1000; ++i) places.push_back(channel::kRingHeaderBytes + i);
  // Every byte with FACTORWAL_TEST_FULL=1, otherwise a third of them.
  const std::size_t step = std::getenv("FACTORWAL_TEST_FULL") != nullptr ? 1 : 3;
  for (std::size_t i = 0; i < places.size(); i += step) {
    const auto place = places[i];
    const auto mask = static_cast<std::uint8_t>(1U << (i % 8));
    auto copy = disk->copy();
    copy->flip(path, place, mask);
    const auto before = copy->changes();
    const auto found = open(*copy);
    if (found) {
      ASSERT_EQ(values_in(*copy), truth) << "byte " << place << ", mask " << int{mask};
      continue;
    }
    ++refused;
    ASSERT_TRUE(found.error().code == Errc::kCorruption ||
                found.error().code == Errc::kUnsupportedVersion)
        << found.error().message;
    ASSERT_EQ(copy->changes(), before) << "byte " << place;
  }
  EXPECT_GT(refused, 100U);
}

/// Makes the log's last frame of records rotten, as if nothing had been written behind it. Where.
std::string spoil_end(MemoryFileSystem& disk) {
  auto view = wal::open_log_view(disk, kDirectory).value();
  wal::NameTable names;
  wal::LogReader reader(disk, std::move(view), names);
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  while (reader.next_frame().value()) {
    if (reader.frame_header().record_count == 0) continue;
    path = reader.segment().path;
    offset = reader.frame_offset();
    length = reader.frame_header().length;
  }
  auto content = disk.content(path);
  std::fill(content.begin() + static_cast<std::ptrdiff_t>(offset + length), content.end(),
            std::byte{0});
  content[static_cast<std::size_t>(offset + length / 2)] ^= std::byte{1};
  disk.put_file(path, content);
  return path + ", offset " + std::to_string(offset);
}

TEST_F(ChannelDrainTest, ABadEndThatARingGaveBackIsCorruptAndNamed) {
  const auto disk = killed(10, 5);
  const auto place = spoil_end(*disk);
  const auto before = disk->changes();
  const auto refused = open(*disk);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorruption);
  EXPECT_TRUE(refused.error().message.starts_with(place)) << refused.error().message;
  EXPECT_NE(refused.error().message.find("a ring of accepted records says that it was durable"),
            std::string::npos)
      << refused.error().message;
  EXPECT_EQ(disk->changes(), before);

  // What the ring still holds is sound, and comes in behind the gap, under numbers of its own.
  const auto found = open(*disk, OnCorruption::kQuarantine);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->decision, RecoveryCase::kGoOnInQuarantine);
  const auto ring = only_ring(*found);
  EXPECT_EQ(ring.verdict, RingVerdict::kDrained);
  EXPECT_EQ(ring.drained, 5U);
  EXPECT_GT(ring.lost, 0U);
  EXPECT_EQ(ring.logged + ring.lost, 10U);
  EXPECT_EQ(found->last_sequence, 15U);
  ASSERT_EQ(found->findings.size(), 1U);
  EXPECT_EQ(found->findings[0].damage, Damage::kCorrupt);
  EXPECT_EQ(found->findings[0].first_sequence, ring.logged + 1);
  EXPECT_EQ(found->findings[0].last_sequence, 10U);
}

TEST_F(ChannelDrainTest, AMissingListIsToldAndTheRingsThatTheLogNamesAreDrained) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    files_ = std::make_unique<MemoryFileSystem>();
    sent_ = 0;
    const auto disk = killed(10, 5, kind);
    disk->erase("/data/RINGS");
    const auto found = open(*disk);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->decision, RecoveryCase::kRecover);
    ASSERT_EQ(found->rings.size(), 2U);
    EXPECT_EQ(found->rings[0].verdict, RingVerdict::kAbsent);
    EXPECT_EQ(found->rings[0].path, "/data/RINGS");
    EXPECT_EQ(found->rings[1].verdict, RingVerdict::kDrained);
    EXPECT_EQ(found->rings[1].kind, kind);
    EXPECT_EQ(found->rings[1].drained, 5U);
    EXPECT_EQ(values_in(*disk), numbers(15));
    EXPECT_EQ(ring_in(*disk), "");
  }
}

TEST_F(ChannelDrainTest, AMissingListIsToldAlsoBeforeTheLogNamesARing) {
  auto wal = WalManager::open_on(*files_, kDirectory).value();
  ASSERT_TRUE(wal->append({FactorWalMessage::Update{"A", "f", 1, 1}}));
  ASSERT_TRUE(wal->flush_group_commit());
  const auto disk = files_->copy();  // killed
  disk->erase("/data/RINGS");
  const auto found = open(*disk);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(only_ring(*found).verdict, RingVerdict::kAbsent);
  EXPECT_EQ(only_ring(*found).path, "/data/RINGS");
}

// Killed at whatever call of that open: what was told is told again, or all of it was done.
TEST_F(ChannelDrainTest, AMissingListIsToldAgainAfterAKillOfTheOpen) {
  const auto disk = killed(10, 5);
  disk->erase("/data/RINGS");
  for (std::uint64_t n = 1;; ++n) {
    auto copy = disk->copy();
    copy->stop_at(n);
    const bool opened = WalManager::open_on(*copy, kDirectory).has_value() && !copy->struck();
    auto again = copy->copy();
    const bool listed = again->exists("/data/RINGS").value();
    const auto found = open(*again);
    ASSERT_TRUE(found) << "stopped at call " << n << ": " << found.error().message;
    ASSERT_EQ(values_in(*again), numbers(15)) << "stopped at call " << n;
    if (opened) break;
    if (listed) continue;  // drained, and listed anew
    ASSERT_FALSE(found->rings.empty()) << "stopped at call " << n;
    EXPECT_EQ(found->rings[0].verdict, RingVerdict::kAbsent) << "stopped at call " << n;
  }
}

// Killed at whatever call of an open or a close: nobody took the list away.
TEST_F(ChannelDrainTest, NoListIsMissedThatWasNotTakenAway) {
  const auto disk = killed(10, 5);
  ASSERT_TRUE(open(*disk));  // its log names a ring, and is closed in order
  for (std::uint64_t n = 1;; ++n) {
    auto copy = disk->copy();
    copy->stop_at(n);
    {
      auto wal = WalManager::open_on(*copy, kDirectory);
      if (wal) {
        FactorWalPersister persister(*wal, {});
        (void)persister.shutdown();
        (void)(*wal)->close();
      }
    }
    const bool struck = copy->struck();
    auto again = copy->copy();
    const auto found = open(*again);
    ASSERT_TRUE(found) << "stopped at call " << n << ": " << found.error().message;
    for (const auto& ring : found->rings) {
      EXPECT_EQ(ring.verdict, RingVerdict::kDrained) << "stopped at call " << n << " " << ring.path;
    }
    if (!struck) break;
  }
}

TEST_F(ChannelDrainTest, WithADamagedListQuarantineGoesOnWithTheRingsThatTheLogNames) {
  const auto disk = killed(10, 5);
  disk->flip("/data/RINGS", 20, 0x10);
  const auto refused = open(*disk);
  ASSERT_FALSE(refused);
  for (const auto* word : {"/data/RINGS", "nothing was changed", "quarantine"}) {
    EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
  }
  const auto found = open(*disk, OnCorruption::kQuarantine);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->decision, RecoveryCase::kGoOnInQuarantine);
  ASSERT_EQ(found->findings.size(), 1U);
  EXPECT_EQ(found->findings[0].damage, Damage::kCorrupt);
  EXPECT_EQ(found->findings[0].file, "/data/RINGS");
  EXPECT_EQ(only_ring(*found).drained, 5U);
  EXPECT_EQ(values_in(*disk), numbers(15));
  const auto again = open(*disk);
  ASSERT_TRUE(again) << "it needs no quarantine any more: " << again.error().message;
  EXPECT_TRUE(again->findings.empty());
}

// Failure: accepted records stayed behind, without a word, in a ring that the log did not name yet,
// when the list of an earlier open was put back after a kill. Cure: a list says of which open it
// is.
TEST_F(ChannelDrainTest, AnOlderListThatWasPutBackRefusesTheOpen) {
  const auto earlier = killed(10, 5);
  const auto older = earlier->content("/data/RINGS");
  ASSERT_TRUE(open(*earlier));
  sent_ = 15;
  files_ = earlier->copy();
  for (const int durable : {0, 3}) {
    const auto disk = killed(durable, 5);
    const auto newer = disk->content("/data/RINGS");
    disk->put_file("/data/RINGS", older);
    const auto refused = open(*disk);
    ASSERT_FALSE(refused);
    for (const auto* word : {"/data/RINGS", "older list", "nothing was changed"}) {
      EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
    }
    const auto behind = disk->copy();
    const auto found = open(*behind, OnCorruption::kQuarantine);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->findings.size(), 1U);
    EXPECT_EQ(found->findings[0].file, "/data/RINGS");
    EXPECT_NE(found->findings[0].what.find("older list"), std::string::npos);
    EXPECT_EQ(found->rings.size(), durable > 0 ? 1U : 0U) << "the log names it, or nothing does";
    EXPECT_TRUE(open(*behind)->findings.empty()) << "told once";
    disk->put_file("/data/RINGS", newer);
    ASSERT_TRUE(open(*disk));
    EXPECT_EQ(values_in(*disk), numbers(sent_));
    files_ = disk->copy();
  }
}

TEST_F(ChannelDrainTest, AnOlderListBesideAClosedLogMeansNothing) {
  const auto disk = killed(10, 5);
  const auto older = disk->content("/data/RINGS");
  ASSERT_TRUE(open(*disk));
  disk->put_file("/data/RINGS", older);
  const auto found = open(*disk);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->findings.empty());
  EXPECT_TRUE(found->rings.empty());
}

// The ring has given nothing back yet: without the numbers its records would follow those of the
// older log, with what lies between them missing.
TEST_F(ChannelDrainTest, AnOlderLogBesideTheListOfALaterOpenIsRefused) {
  ASSERT_TRUE(open(*killed(10, 5)));
  const auto older = files_->copy();
  ASSERT_TRUE(open(*older));
  files_ = older->copy();
  for (int i = 0; i < 2; ++i) {
    const auto disk = killed(3, 0);
    ASSERT_TRUE(open(*disk));
    files_ = disk->copy();
  }
  const auto disk = killed(0, 5);
  older->put_file(ring_in(*disk), disk->content(ring_in(*disk)));
  older->put_file("/data/RINGS", disk->content("/data/RINGS"));
  const auto refused = open(*older);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("log is an older one"), std::string::npos)
      << refused.error().message;
}

TEST_F(ChannelDrainTest, ADamagedListOfRingsRefusesTheOpen) {
  const auto disk = killed(10, 5);
  const auto size = disk->content("/data/RINGS").size();
  for (std::uint64_t i = 0; i < size; ++i) {
    auto copy = disk->copy();
    copy->flip("/data/RINGS", i, 0x10);
    EXPECT_FALSE(open(*copy)) << "byte " << i;
  }
}

}  // namespace
}  // namespace factorwal::test
