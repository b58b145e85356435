// The order of the log is the order of acceptance: within a thread, whatever faces it sends
// through, and between threads where one send had returned before the other was begun.

#include <atomic>
#include <thread>

#include "factorwal/engine.h"
#include "persist/persister_fixture.h"
#include "support/memory_file_system.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr const char* kDirectory = "/data";
constexpr int kRounds = 200;

/// Ticks, updates and positions numbered 1, 2, 3, ... in the order in which they are accepted.
class Numbered {
 public:
  explicit Numbered(Engine& engine)
      : engine_(engine), instrument_(engine.instrument("A").value()) {}

  void tick() {
    const double fields[] = {static_cast<double>(++last)};
    ASSERT_TRUE(engine_.process_tick({instrument_, 1, fields}, position()));
  }
  void update() {
    ASSERT_TRUE(engine_.persister().send_update("A", "m", static_cast<double>(++last), 1));
  }
  void note_position() {
    ++last;
    ASSERT_TRUE(engine_.persister().send_position(position()));
  }
  void send(int face) {
    if (face % 3 == 0) tick();
    if (face % 3 == 1) update();
    if (face % 3 == 2) note_position();
  }

  std::uint64_t last = 0;

 private:
  [[nodiscard]] std::span<const std::byte> position() const {
    return std::as_bytes(std::span(&last, 1));
  }
  Engine& engine_;
  const InstrumentHandle instrument_;
};

FactorSet factors() {
  return FactorSet::parse("factor m = ts_mean(close, 1)", TickSchema::make({"close"}).value())
      .value();
}

EngineOptions lazy() {
  EngineOptions options;
  options.persist.adaptive = false;
  options.persist.batch_size = 1'000'000;
  options.persist.max_delay_ms = 3'600'000;
  options.snapshot_every = 50;
  return options;
}

/// The number of every record, in the order of the log.
std::vector<std::uint64_t> numbers_in(FileSystem& files) {
  std::vector<std::uint64_t> numbers;
  auto view = wal::open_log_view(files, kDirectory).value();
  wal::NameTable names;
  wal::LogReader reader(files, std::move(view), names);
  LogRecord record;
  for (auto found = reader.next(record); found.value(); found = reader.next(record)) {
    if (record.type == RecordType::kTick) {
      numbers.push_back(static_cast<std::uint64_t>(record.fields[0]));
    } else if (record.type == RecordType::kUpdate) {
      numbers.push_back(static_cast<std::uint64_t>(record.value));
    } else if (record.type == RecordType::kPosition) {
      numbers.push_back(load<std::uint64_t>(record.position.data()));
    }
  }
  return numbers;
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers(last);
  for (std::uint64_t i = 0; i < last; ++i) numbers[i] = i + 1;
  return numbers;
}

std::uint64_t recovered_position(FileSystem& files) {
  auto engine = Engine::open_on(files, kDirectory, factors()).value();
  const auto& position = engine->recovery().position;
  const auto number = position.size() == 8 ? load<std::uint64_t>(position.data()) : 0;
  engine->close().value();
  return number;
}

// Each face had a ring of its own, and rings were taken one after the other: of one thread's
// records two thirds came out of order, and a position, and a last value, was an earlier one than
// the last that was accepted.
TEST(Order, OfOneThreadIsThatOfItsSendsThroughAllFaces) {
  MemoryFileSystem files;
  std::uint64_t last = 0;
  {
    auto engine = Engine::open_on(files, kDirectory, factors(), lazy()).value();
    Numbered sender(*engine);
    for (int i = 0; i < 3 * kRounds; ++i) sender.send(i * 7 / 2);
    sender.note_position();
    sender.tick();
    sender.note_position();
    engine->close().value();
    last = sender.last;
  }
  EXPECT_EQ(numbers_in(files), up_to(last));
  EXPECT_EQ(recovered_position(files), last);
}

// Which rings there are was asked before how many records count: a ring that was made in between
// had its first record behind a later one of another ring. (That takes two sends in some
// nanoseconds; with a tenth of a millisecond put between both looks it failed within some dozen
// lives.)
TEST(Order, OfAFirstSendThatMakesARingIsKept) {
  for (int life = 0; life < 150; ++life) {
    MemoryFileSystem files;
    std::uint64_t last = 0;
    {
      auto engine = Engine::open_on(files, kDirectory, factors()).value();
      Numbered sender(*engine);
      for (const int face : {0, 1, 0, 2, 1, 0}) sender.send(face);
      engine->close().value();
      last = sender.last;
    }
    ASSERT_EQ(numbers_in(files), up_to(last)) << "life " << life;
  }
}

/// Two threads that take turns; each turn goes through another face.
void take_turns(Numbered& sender) {
  std::atomic<int> turn{0};
  const auto run = [&](int mine) {
    for (int i = 0; i < kRounds; ++i) {
      while (turn.load() != mine) std::this_thread::yield();
      sender.send(i + mine);
      turn.store(1 - mine);
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}

TEST(Order, BetweenThreadsThatTakeTurnsIsThatOfTheTurns) {
  MemoryFileSystem files;
  std::uint64_t last = 0;
  {
    auto engine = Engine::open_on(files, kDirectory, factors()).value();
    Numbered sender(*engine);
    take_turns(sender);
    engine->close().value();
    last = sender.last;
  }
  EXPECT_EQ(numbers_in(files), up_to(last));
  EXPECT_EQ(recovered_position(files), last);
}

TEST(Order, OfAcceptanceIsThatOfTheLogAfterAKill) {
  MemoryFileSystem files;
  std::unique_ptr<MemoryFileSystem> left;
  std::uint64_t last = 0;
  {
    auto engine = Engine::open_on(files, kDirectory, factors(), lazy()).value();
    Numbered sender(*engine);
    take_turns(sender);
    // A part of it is in the log when the rest is sent.
    ASSERT_TRUE(engine->flush(kLong));
    take_turns(sender);
    const std::lock_guard blocked(engine->persister().wal()->log().mutex);
    last = sender.last;
    left = files.copy();
  }
  EXPECT_EQ(recovered_position(*left), last);
  EXPECT_EQ(numbers_in(*left), up_to(last));
}

// The position at the end of a snapshot generation was the engine's own, that of its last tick,
// and hid a later one that was sent apart from ticks.
TEST(Order, OfPositionsIsKeptAcrossASnapshot) {
  MemoryFileSystem files;
  std::uint64_t last = 0;
  {
    auto engine = Engine::open_on(files, kDirectory, factors()).value();
    Numbered sender(*engine);
    sender.tick();
    sender.note_position();
    ASSERT_TRUE(engine->checkpoint());
    engine->close().value();
    last = sender.last;
  }
  EXPECT_EQ(recovered_position(files), last);
}

TEST(Order, GoesOnWithTheNextPersisterOfTheSameLog) {
  MemoryFileSystem files;
  auto wal = WalManager::open_on(files, kDirectory).value();
  const auto config = lazy().persist;
  std::unique_ptr<MemoryFileSystem> left;
  {
    FactorWalPersister first(wal, config);
    for (int i = 1; i <= 10; ++i) ASSERT_TRUE(first.send_update("A", "f", i, 1));
    ASSERT_TRUE(first.shutdown());
  }
  FactorWalPersister second(wal, config);
  for (int i = 11; i <= 20; ++i) ASSERT_TRUE(second.send_update("A", "f", i, 1));
  {
    const std::lock_guard blocked(wal->log().mutex);
    left = files.copy();
  }
  ASSERT_TRUE(WalManager::open_on(*left, kDirectory));
  EXPECT_EQ(numbers_in(*left), up_to(20));
}

// An append overtook records that were accepted before it, and took a sequence that was theirs.
TEST(Order, OfAppendsBesideAPersisterIsThatOfTheCalls) {
  MemoryFileSystem files;
  auto wal = WalManager::open_on(files, kDirectory).value();
  const auto config = lazy().persist;
  {
    FactorWalPersister persister(wal, config);
    for (int i = 1; i <= 40; i += 2) {
      ASSERT_TRUE(persister.send_update("A", "f", i, 1));
      EXPECT_EQ(persister.marks().accepted, static_cast<Sequence>(i));
      const auto next = wal->append({FactorWalMessage::Update{"A", "f", i + 1.0, 1}});
      ASSERT_TRUE(next);
      EXPECT_EQ(*next, static_cast<Sequence>(i) + 1);
    }
    ASSERT_TRUE(persister.shutdown());
  }
  ASSERT_TRUE(wal->close());
  EXPECT_EQ(numbers_in(files), up_to(40));
}

// Its stamps would have been those of the other.
TEST(Order, IsNotLeftToTwoPersistersAtOnce) {
  MemoryFileSystem files;
  auto wal = WalManager::open_on(files, kDirectory).value();
  FactorWalPersister first(wal);
  FactorWalPersister second(wal);
  EXPECT_FALSE(second.send_update("A", "f", 1, 1));
  EXPECT_FALSE(second.status());
  EXPECT_FALSE(second.shutdown());
  EXPECT_TRUE(first.send_update("A", "f", 1, 1));
  ASSERT_TRUE(first.shutdown());
  FactorWalPersister third(wal);
  EXPECT_TRUE(third.send_update("A", "f", 2, 1));
  EXPECT_TRUE(third.shutdown());
}

}  // namespace
}  // namespace factorwal::test
