// Threads that come, send and end: what their rings cost, when they may still send, and whom they
// hold up.

#include <atomic>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "channel/ring_register.h"
#include "factorwal/engine.h"
#include "persist/persister_fixture.h"
#include "support/faulty_disk.h"
#include "support/sanitizers.h"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;

class Senders : public PersisterTest {
 protected:
  [[nodiscard]] static std::vector<channel::RegisteredRing> rings(const std::string& directory) {
    const auto list = channel::load_ring_register(posix_file_system(), directory);
    return list ? list->rings : std::vector<channel::RegisteredRing>();
  }
  [[nodiscard]] std::vector<channel::RegisteredRing> rings() const { return rings(directory()); }
  /// What the rings of that directory take.
  [[nodiscard]] static std::uintmax_t allocated(const std::string& directory) {
    std::uintmax_t bytes = 0;
    for (const auto& ring : rings(directory)) {
      struct stat info {};
      if (::stat(path_of(ring, directory).c_str(), &info) != 0) continue;
      bytes += static_cast<std::uintmax_t>(info.st_blocks) * 512;
    }
    return bytes;
  }
  [[nodiscard]] static std::string path_of(const channel::RegisteredRing& ring,
                                           const std::string& directory) {
    return channel::ring_path(posix_file_system(), directory, ring);
  }
  template <class Condition>
  static bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }
  /// All alive at once.
  void send_from_threads(int count) {
    std::barrier together(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        EXPECT_TRUE(persister_->send_update("A", "f", i, 1));
        together.arrive_and_wait();
      });
    }
    for (auto& thread : threads) thread.join();
  }
};

/// Made before the thread's first send, so that it is destroyed after what the library keeps for
/// the thread.
class LastWords {
 public:
  void say_to(FactorWalPersister& persister) { persister_ = &persister; }
  ~LastWords() {
    if (persister_ == nullptr) return;
    for (int i = 0; i < 1000; ++i) accepted += persister_->send_update("A", "f", 2, 1) ? 1 : 0;
  }
  static inline std::atomic<int> accepted{0};

 private:
  FactorWalPersister* persister_ = nullptr;
};

// Such a send went through a ring that another thread had by then, or freed memory: 200,000 were
// refused as busy, the ring was damaged, or the process crashed.
TEST_F(Senders, MaySendFromTheDestructorOfAThreadLocal) {
  start();
  LastWords::accepted = 0;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> others{0};
  std::thread busy([&] {  // takes over the rings of those that end
    while (!stop) {
      std::thread([&] {
        for (int i = 0; i < 100; ++i) others += persister_->send_update("B", "f", 1, 1) ? 1 : 0;
      }).join();
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::thread([&] {
      thread_local LastWords last;
      last.say_to(*persister_);
      EXPECT_TRUE(persister_->send_update("A", "f", 1, 1));
    }).join();
  }
  stop = true;
  busy.join();
  EXPECT_EQ(LastWords::accepted, 20'000);
  EXPECT_EQ(finish().size(), 20U + 20'000U + others);
}

// Each thread had 8 MiB until the shutdown.
TEST_F(Senders, LeaveNoRingBehindWhenTheyHaveEnded) {
  start();
  send_from_threads(60);
  EXPECT_GE(rings().size(), 60U);
  const auto old = rings();
  EXPECT_TRUE(comes_true([&] { return rings().size() <= 2; })) << rings().size() << " rings";
  EXPECT_TRUE(comes_true([&] {
    return std::ranges::count_if(old, [&](const auto& ring) {
             return std::filesystem::exists(path_of(ring, directory()));
           }) <= 2;
  }));
  // Their tickets are not mixed up with those of later threads in their places.
  send_from_threads(60);
  EXPECT_TRUE(persister_->flush(kLong));
  EXPECT_EQ(finish().size(), 120U);
}

TEST_F(Senders, TakeLittleMemoryBeforeTheySendMuch) {
  start();
  send_from_threads(40);
  std::uintmax_t bytes = 0;
  for (const auto& ring : rings()) {
    struct stat info {};
    ASSERT_EQ(::stat(path_of(ring, directory()).c_str(), &info), 0);
    bytes += static_cast<std::uintmax_t>(info.st_blocks) * 512;
  }
  EXPECT_LT(bytes, 128U * 1024 * rings().size());
}

std::size_t mapped_rings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" /dev/shm/") != std::string::npos) ++count;
  }
  return count;
}

// Fifty threads of a pool kept 400 MiB of an engine that was gone.
TEST_F(Senders, ThatLiveOnKeepNothingOfAPersisterThatIsGone) {
  start();
  std::barrier sent(11);
  std::barrier over(11);
  std::vector<std::thread> pool;
  for (int i = 0; i < 10; ++i) {
    pool.emplace_back([&] {
      EXPECT_TRUE(persister_->send_update("A", "f", 1, 1));
      sent.arrive_and_wait();
      over.arrive_and_wait();
    });
  }
  sent.arrive_and_wait();
  EXPECT_GE(mapped_rings(), 10U);
  persister_.reset();
  EXPECT_EQ(mapped_rings(), 0U);
  over.arrive_and_wait();
  for (auto& thread : pool) thread.join();
}

// Memory of a burst goes back while its thread lives on and is quiet.
TEST_F(Senders, GiveTheMemoryOfABurstBack) {
  auto config = seed_timing(1'000'000, kHour);
  start(config);
  const std::vector<double> values(1000, 1.5);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(persister_->send_vector_update("A", "v", values, i));
  EXPECT_GT(allocated(directory()), 4'000'000U);
  ASSERT_TRUE(persister_->flush(kLong));
  EXPECT_TRUE(comes_true([&] { return allocated(directory()) < 1'000'000; }))
      << allocated(directory());
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(persister_->send_vector_update("A", "v", values, i));
  EXPECT_EQ(finish().size(), 2500U);
}

// A burst whose commit took half a second kept its memory: rings were looked at for some time after
// the commit had begun, and the first look after it finds that the sender was in a hurry.
TEST_F(Senders, GiveTheMemoryOfABurstBackHoweverLongItsCommitTakes) {
  const TempDir dir;
  const auto directory = dir.path().string();
  FaultyDisk disk;
  auto wal = WalManager::open_on(disk, directory).value();
  FactorWalPersister persister(wal, seed_timing(1'000'000, kHour));
  const std::vector<double> values(1000, 1.5);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(persister.send_vector_update("A", "v", values, i));
  disk.stall();
  auto flushed = std::async(std::launch::async, [&] { return persister.flush(kLong); });
  std::this_thread::sleep_for(milliseconds(700));
  disk.resume();
  ASSERT_TRUE(flushed.get());
  EXPECT_TRUE(comes_true([&] { return allocated(directory) < 1'000'000; })) << allocated(directory);
  EXPECT_TRUE(persister.shutdown());
}

// logind's RemoveIPC unlinks the files of a user in /dev/shm at their last logout. What was
// accepted then was lost by a kill, without a word.
TEST_F(Senders, WhoseRingIsRemovedAreCommittedAndGoOnInAFile) {
  start(seed_timing(1'000'000, kHour));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(persister_->send_update("A", "f", i, 1));
  for (const auto& ring : rings()) std::filesystem::remove(path_of(ring, directory()));
  EXPECT_TRUE(comes_true([&] { return persister_->marks().durable == 10; }));
  EXPECT_NE(persister_->channel_fallback().find("was removed while in use"), std::string::npos)
      << persister_->channel_fallback();
  ASSERT_TRUE(persister_->send_update("A", "f", 10, 1));
  const auto now = rings();
  EXPECT_TRUE(std::ranges::any_of(now, [&](const auto& ring) {
    return ring.kind == ChannelKind::kFile && std::filesystem::exists(path_of(ring, directory()));
  }));
  EXPECT_EQ(finish().size(), 11U);
}

// A persister that commits as soon as something waits did not look: it never slept with records.
TEST_F(Senders, WhoseRingIsRemovedGoOnInAFileHoweverCommitsAreTimed) {
  for (auto config : {FactorWalConfig{}, FactorWalConfig::high_throughput(),
                      FactorWalConfig::low_latency(), seed_timing(10, 1)}) {
    start(config);
    ASSERT_TRUE(persister_->send_update("A", "f", 0, 1));
    for (const auto& ring : rings()) std::filesystem::remove(path_of(ring, directory()));
    EXPECT_TRUE(comes_true([&] {
      EXPECT_TRUE(persister_->send_update("A", "f", 1, 1));
      return !persister_->channel_fallback().empty();
    }));
    ASSERT_TRUE(persister_->send_update("A", "f", 2, 1));
    EXPECT_TRUE(std::ranges::any_of(
        rings(), [](const auto& ring) { return ring.kind == ChannelKind::kFile; }));
    ASSERT_TRUE(persister_->shutdown());
  }
}

// A record whose sender was cancelled between counting and showing it was waited for, for ever.
TEST_F(Senders, ThatAreCancelledLeaveNothingHalfSent) {
  if (kSanitizesAddresses) {
    GTEST_SKIP() << "the address sanitizer does not follow the unwinding of a cancelled thread";
  }
  auto config = seed_timing(100, 1);
  config.channel = ChannelKind::kFile;
  start(config);
  for (int i = 0; i < 100; ++i) {
    pthread_t thread = 0;
    ASSERT_EQ(pthread_create(
                  &thread, nullptr,
                  [](void* persister) -> void* {
                    for (;;) {
                      (void)static_cast<FactorWalPersister*>(persister)->send_update("A", "f", 1,
                                                                                     1);
                      pthread_testcancel();
                    }
                  },
                  persister_.get()),
              0);
    std::this_thread::sleep_for(std::chrono::microseconds(300 + 17 * i));
    pthread_cancel(thread);
    pthread_join(thread, nullptr);
  }
  EXPECT_TRUE(persister_->flush(kLong));
  const auto accepted = persister_->marks().accepted;
  EXPECT_EQ(finish().size(), accepted);
}

TEST_F(Senders, AnEngineWhoseRingIsRemovedGoesOnInAFile) {
  wal_->close().value();
  const auto factors =
      FactorSet::parse("factor m = ts_mean(close, 2)", TickSchema::make({"close"}).value()).value();
  EngineOptions options;
  options.persist = seed_timing(1'000'000, kHour);
  auto engine = Engine::open(directory(), factors, options).value();
  const auto instrument = engine->instrument("A").value();
  const double fields[] = {1};
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(engine->process_tick({instrument, i, fields}));
  for (const auto& ring : rings()) std::filesystem::remove(path_of(ring, directory()));
  EXPECT_TRUE(comes_true([&] { return engine->durable_sequence() == 10; }));
  for (int i = 10; i < 20; ++i) ASSERT_TRUE(engine->process_tick({instrument, i, fields}));
  engine->close().value();
  EXPECT_EQ(read_records(directory()).size(), 20U);
}

// `wait_durable(ticket, 10 ms)` took 2.8 s, and a commit as long: a lock was held while another
// thread's first send waited for the disk.
TEST(SendersOnAStalledDisk, HoldNobodyUpWhoWaitsWithALimit) {
  const TempDir dir;
  FaultyDisk disk;
  auto wal = WalManager::open_on(disk, dir.path().string()).value();
  FactorWalPersister persister(wal);
  const auto ticket = persister.send_update("A", "f", 1, 1).value();
  ASSERT_TRUE(persister.flush(kLong));
  disk.stall();
  const auto creates = disk.creates();
  std::thread first([&] { EXPECT_TRUE(persister.send_update("A", "f", 2, 1)); });
  std::thread second([&] { EXPECT_TRUE(persister.send_update("A", "f", 2, 1)); });
  while (disk.creates() == creates) std::this_thread::yield();  // the list of rings is written
  auto looks = std::async(std::launch::async, [&] {
    (void)persister.wait_durable(ticket, milliseconds(10));
    (void)persister.wait_durable(persister.marks().accepted + 1, milliseconds(10));
    (void)persister.data_at_risk();
    (void)persister.channel_status();
    (void)persister.channel_fallback();
    (void)persister.stats();
    (void)persister.status();
    (void)persister.flush(milliseconds(10));
  });
  EXPECT_EQ(looks.wait_for(kLong), std::future_status::ready);
  disk.resume();
  first.join();
  second.join();
  EXPECT_TRUE(persister.shutdown());
}

}  // namespace
}  // namespace factorwal::test
