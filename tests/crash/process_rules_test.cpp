// What a program may do to a process that has an engine: fork it, interrupt it, open a second one.

#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>

#include "factorwal/engine.h"
#include "factorwal/record_stream.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "support/sanitizers.h"
#include "support/temp_dir.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr std::chrono::seconds kLong{60};

/// A static object that sends when the program ends: the thread_locals of the main thread are gone
/// by then.
struct Farewell {
  ~Farewell() {
    if (!persister) return;
    if (!persister->send_update("A", "f", 2, 1)) _exit(3);
    if (!persister->shutdown() || !persister->wal()->close()) _exit(4);
  }
  std::unique_ptr<FactorWalPersister> persister;
};
Farewell farewell;

class ProcessRules : public testing::Test {
 protected:
  std::unique_ptr<Engine> open_engine() const {
    auto factors = FactorSet::parse("factor ma = ts_mean(last, 3)", TickSchema::quotes()).value();
    return Engine::open(data(), std::move(factors)).value();
  }
  SendStatus tick(Engine& engine, double price) {
    values_[0] = price;
    return engine.process_tick({engine.instrument("A").value(), 1, values_}).status;
  }
  [[nodiscard]] std::string data() const { return dir_ / "data"; }
  /// Exit status of a child that runs `body`.
  template <class Body>
  static int in_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  TempDir dir_;
  std::vector<double> values_ = std::vector<double>(TickSchema::quotes().size(), std::nan(""));
};

// A channel of more than 512 MiB was called damaged by every open after a kill: a limit of small
// files was applied to it, and quarantine gave up what was in it.
TEST_F(ProcessRules, ALargeChannelIsDrainedAfterAKill) {
  const pid_t child = fork();
  if (child == 0) {
    auto wal = WalManager::open(data()).value();
    FactorWalConfig config;
    config.channel_bytes = (std::size_t{1} << 30) - 1;
    FactorWalPersister persister(wal, config);
    const std::lock_guard blocked(wal->log().mutex);
    for (int i = 0; i < 10; ++i) {
      if (!persister.send_update("A", "f", i, 1)) _exit(2);
    }
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  auto wal = WalManager::open(data());
  ASSERT_TRUE(wal) << wal.error().message;
  EXPECT_EQ((*wal)->recovery().last_sequence, 10U);
}

// Such a send used a ring that was given back, through a list that was freed.
TEST_F(ProcessRules, AStaticObjectMaySendWhileTheProgramExits) {
  const pid_t child = fork();
  if (child == 0) {
    farewell.persister = std::make_unique<FactorWalPersister>(WalManager::open(data()).value());
    if (!farewell.persister->send_update("A", "f", 1, 1)) _exit(2);
    std::exit(0);  // NOLINT(concurrency-mt-unsafe)
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  auto records = RecordStream::open(data()).value();
  LogRecord record;
  double last = 0;
  while (records.next(record).value()) last = record.value;
  EXPECT_EQ(last, 2);
}

TEST_F(ProcessRules, AChildIsRefusedEverywhereAndDisturbsNothing) {
  auto engine = open_engine();
  ASSERT_EQ(tick(*engine, 1), SendStatus::kAccepted);
  const auto instrument = engine->instrument("A").value();
  const int status = in_child([&] {
    int wrong = 0;
    const auto expect = [&](bool right) { wrong += right ? 0 : 1; };
    const auto forked = [](const auto& result) {
      return !result && result.error().code == Errc::kForked;
    };
    auto& persister = engine->persister();
    expect(engine->process_tick({instrument, 2, values_}).status == SendStatus::kForked);
    expect(engine->advance_time(1).status == SendStatus::kForked);
    expect(forked(engine->checkpoint()));
    expect(forked(engine->flush(kLong)));
    expect(forked(engine->status()));
    expect(forked(engine->wait_durable(Ticket{0, 0, 1}, kLong)));
    expect(forked(engine->instrument("B")));
    expect(persister.send_update(instrument, {0}, 1, 1).status == SendStatus::kForked);
    expect(forked(persister.send_update("A", "f", 1, 1)));
    expect(persister.send_time(1).status == SendStatus::kForked);
    expect(forked(persister.wal()->append(FactorWalMessage::Update{"A", "f", 1, 1})));
    expect(forked(persister.wal()->flush_group_commit()));
    expect(forked(engine->close()));
    engine.reset();  // does nothing, and returns
    return wrong;
  });
  EXPECT_EQ(status, 0);
  ASSERT_EQ(tick(*engine, 2), SendStatus::kAccepted) << "the parent goes on";
  ASSERT_TRUE(engine->close());
  auto records = RecordStream::open(data()).value();
  LogRecord record;
  int count = 0;
  while (records.next(record).value()) ++count;
  EXPECT_EQ(count, 2);
}

TEST_F(ProcessRules, AChildThatOutlivesItsParentHoldsNeitherLockNorRing) {
  const auto ready = (dir_ / "ready").string();
  pid_t grandchild = 0;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto engine = open_engine();
    (void)tick(*engine, 1);
    (void)tick(*engine, 2);
    const pid_t lasting = fork();
    if (lasting == 0) {
      sleep(60);
      _exit(0);
    }
    (void)!write(pipe_ends[1], &lasting, sizeof lasting);
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(read(pipe_ends[0], &grandchild, sizeof grandchild),
            static_cast<ssize_t>(sizeof grandchild));
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(kill(grandchild, 0), 0) << "it lives";
  auto engine = open_engine();  // aborts the test if the lock is still held
  EXPECT_EQ(engine->recovery().log.last_sequence, 2U);
  EXPECT_TRUE(engine->close());
  kill(grandchild, SIGKILL);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_F(ProcessRules, AChildMayOpenAnEngineOfItsOwn) {
  if (kSanitizesAddresses) {
    GTEST_SKIP()
        << "a thread may hold the sanitizer's lock at the fork: the child then waits for it";
  }
  auto engine = open_engine();
  ASSERT_EQ(tick(*engine, 1), SendStatus::kAccepted);
  const int status = in_child([&] {
    auto factors = FactorSet::parse("factor ma = ts_mean(last, 3)", TickSchema::quotes()).value();
    const auto same = Engine::open(data(), factors);
    if (same || same.error().code != Errc::kLocked) return 1;
    auto other = Engine::open(dir_ / "other", factors);
    if (!other) return 2;
    if (tick(**other, 1) != SendStatus::kAccepted) return 3;
    return (*other)->close() ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(engine->close());
}

TEST_F(ProcessRules, ASecondEngineOnTheDirectoryIsRefusedAndOneElsewhereIsNot) {
  auto engine = open_engine();
  auto factors = FactorSet::parse("factor ma = ts_mean(last, 3)", TickSchema::quotes()).value();
  const auto second = Engine::open(data(), factors);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kLocked);
  EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos);
  auto other = Engine::open(dir_ / "other", factors);
  ASSERT_TRUE(other);
  ASSERT_EQ(tick(*engine, 1), SendStatus::kAccepted);
  ASSERT_EQ(tick(**other, 1), SendStatus::kAccepted);
  EXPECT_TRUE((*other)->close());
  EXPECT_EQ(tick(*engine, 2), SendStatus::kAccepted);
  EXPECT_TRUE(engine->close());
}

TEST_F(ProcessRules, AfterCloseEverythingSaysSo) {
  auto engine = open_engine();
  ASSERT_EQ(tick(*engine, 1), SendStatus::kAccepted);
  const auto instrument = engine->instrument("A").value();
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(engine->process_tick({instrument, 2, values_}).status, SendStatus::kClosed);
  EXPECT_EQ(engine->advance_time(1).status, SendStatus::kClosed);
  EXPECT_EQ(engine->checkpoint().error().code, Errc::kClosed);
  EXPECT_EQ(engine->persister().send_update(instrument, {0}, 1, 1).status, SendStatus::kClosed);
  EXPECT_EQ(engine->persister().send_update("A", "f", 1, 1).error().code, Errc::kClosed);
  EXPECT_EQ(engine->persister().wal()->flush_group_commit().error().code, Errc::kClosed);
  EXPECT_TRUE(engine->close()) << "again: the same answer";
  EXPECT_TRUE(engine->flush(kLong)) << "everything accepted is durable";
}

// ---- Signals

FactorWalPersister* signalled = nullptr;
InstrumentHandle signal_instrument;
FactorHandle signal_factor;
std::atomic<std::uint64_t> signal_accepted{0};
std::atomic<std::uint64_t> signal_busy{0};
std::atomic<std::uint64_t> signal_other{0};

void send_in_handler(int) {
  const auto next = signal_accepted.load() + 1;
  const auto sent =
      signalled->send_update(signal_instrument, signal_factor, -static_cast<double>(next), 0);
  if (sent.accepted()) {
    signal_accepted.store(next);
  } else {
    (sent.status == SendStatus::kBusy ? signal_busy : signal_other).fetch_add(1);
  }
}

/// Each SIGALRM sends by that persister.
class SendingHandler {
 public:
  explicit SendingHandler(FactorWalPersister& persister) {
    signal_accepted = signal_busy = signal_other = 0;
    signalled = &persister;
    signal_instrument = persister.instrument("signal").value();
    signal_factor = persister.factor("f").value();
    // This thread's ring and both definitions are there before the first signal.
    EXPECT_TRUE(persister.send_update(signal_instrument, signal_factor, 0, 0));
    struct sigaction action {};
    action.sa_handler = send_in_handler;
    action.sa_flags = SA_RESTART;
    EXPECT_EQ(sigaction(SIGALRM, &action, &before_), 0);
  }
  ~SendingHandler() { sigaction(SIGALRM, &before_, nullptr); }
  SendingHandler(const SendingHandler&) = delete;
  SendingHandler& operator=(const SendingHandler&) = delete;

 private:
  struct sigaction before_ {};
};

// Failure: a handler's send waited for the mutex that the send which it had interrupted held.
// Cause: a thread's first send makes its ring under one. Cure: the thread remembers that it is
// doing so.
TEST_F(ProcessRules, ASendInASignalHandlerDoesNotWaitForAFirstSendThatItInterrupts) {
  auto wal = WalManager::open(data()).value();
  FactorWalConfig config;
  config.channel_bytes = 64 << 10;
  FactorWalPersister persister(wal, config);
  std::optional<SendingHandler> handler(std::in_place, persister);
  auto other = WalManager::open(data() + "-other").value();
  FactorWalPersister warm(other, config);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> phase{0};
    std::thread sender([&] {
      // No handler may send before its thread ever has.
      EXPECT_TRUE(warm.send_update("A", "f", 1, 1));
      phase.store(1);
      EXPECT_TRUE(persister.send_update(signal_instrument, signal_factor, 0, 0));
      phase.store(2);
      while (phase.load() == 2) std::this_thread::yield();
    });
    while (phase.load() == 0) std::this_thread::yield();
    // From before its first send on until behind it.
    while (phase.load() == 1) {
      pthread_kill(sender.native_handle(), SIGALRM);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    phase.store(3);
    sender.join();
  }
  handler.reset();
  ASSERT_TRUE(persister.shutdown());
  ASSERT_TRUE(wal->close());
}

TEST_F(ProcessRules, ASendInASignalHandlerIsTakenOrToldThatItInterruptsOne) {
  auto wal = WalManager::open(data()).value();
  FactorWalConfig config;
  config.adaptive = false;  // the persister sleeps and is woken all the time
  config.batch_size = 3;
  FactorWalPersister persister(wal, config);
  const auto instrument = persister.instrument("main").value();
  std::optional<SendingHandler> handler(std::in_place, persister);
  const itimerval fast{{0, 50}, {0, 50}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &fast, nullptr), 0);
  std::uint64_t sent = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < until || signal_accepted < 100) {
    ASSERT_TRUE(persister.send_update(instrument, signal_factor, static_cast<double>(++sent), 0));
    if (sent % 1000 == 0) {
      ASSERT_TRUE(persister.flush(kLong));
    }
    (void)persister.marks();
  }
  const itimerval off{};
  setitimer(ITIMER_REAL, &off, nullptr);
  handler.reset();
  ASSERT_TRUE(persister.shutdown());
  ASSERT_TRUE(wal->close());
  EXPECT_EQ(signal_other, 0U);
  std::uint64_t from_main = 0;
  std::uint64_t from_handler = 0;
  auto records = RecordStream::open(data()).value();
  LogRecord record;
  while (records.next(record).value()) {
    if (record.instrument_id == "main") {
      EXPECT_EQ(record.value, static_cast<double>(++from_main));
    } else if (record.value != 0) {
      EXPECT_EQ(record.value, -static_cast<double>(++from_handler));
    }
  }
  EXPECT_EQ(from_main, sent);
  EXPECT_EQ(from_handler, signal_accepted);
  std::printf("%llu sends in the handler, %llu refused as busy, %llu beside them\n",
              static_cast<unsigned long long>(signal_accepted.load()),
              static_cast<unsigned long long>(signal_busy.load()),
              static_cast<unsigned long long>(sent));
}

TEST_F(ProcessRules, TwoThreadsInProcessTickAreOneTooMany) {
  auto engine = open_engine();
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> busy{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const std::vector<double> values(TickSchema::quotes().size(), 1.0);
      const auto instrument = engine->instrument("A").value();
      for (int i = 0; i < 20'000; ++i) {
        const auto status = engine->process_tick({instrument, i, values}).status;
        ASSERT_TRUE(status == SendStatus::kAccepted || status == SendStatus::kBusy);
        (status == SendStatus::kAccepted ? accepted : busy).fetch_add(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(accepted + busy, 40'000U);
  auto records = RecordStream::open(data()).value();
  LogRecord record;
  std::uint64_t ticks = 0;
  while (records.next(record).value()) {
    if (record.type == RecordType::kTick) {
      EXPECT_EQ(record.tick_number.ordinal, ++ticks);
    }
  }
  EXPECT_EQ(ticks, accepted) << "a refused tick has left no trace";
}

}  // namespace
}  // namespace factorwal::test
