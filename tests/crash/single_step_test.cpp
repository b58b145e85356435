// A kill at any instruction of a send: the sending thread is single-stepped into it and killed
// there. Everything that had returned is in the recovered log, once; the send in progress is there
// whole, or not at all.
//
// Every instruction with FACTORWAL_CRASH_EVERY_STEP=1; otherwise some, evenly spread.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <functional>

#include "factorwal/engine.h"
#include "factorwal/record_stream.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

constexpr std::uint64_t kBefore = 3;  // sends before the one that is stepped through

/// Shared with the child: how many of its sends have returned.
class Returned {
 public:
  Returned()
      : count_(static_cast<std::atomic<std::uint64_t>*>(
            mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~Returned() { munmap(count_, sizeof *count_); }
  Returned(const Returned&) = delete;
  Returned& operator=(const Returned&) = delete;
  std::atomic<std::uint64_t>& operator*() const { return *count_; }

 private:
  std::atomic<std::uint64_t>* count_;
};

/// Opens `directory` and gives a function that sends the i-th record; the rest of what it made
/// stays alive until the process ends.
using Open = std::function<std::function<bool(std::uint64_t)>(const std::string& directory)>;

class SingleStep : public testing::Test {
 protected:
  void SetUp() override {
    const pid_t child = fork();
    if (child == 0) {
      _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) GTEST_SKIP() << "ptrace is not allowed";
  }

  /// Runs the child up to its stop in front of the send to step through.
  pid_t start(const std::string& directory, const Open& open) {
    *returned_ = 0;
    const pid_t child = fork();
    if (child == 0) {
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      const auto send = open(directory);
      if (!send) _exit(2);
      for (std::uint64_t i = 1; i <= kBefore; ++i) {
        if (!send(i)) _exit(3);
        *returned_ = i;
      }
      raise(SIGSTOP);
      if (!send(kBefore + 1)) _exit(4);
      *returned_ = kBefore + 1;
      raise(SIGSTOP);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP) << status;
    return child;
  }

  /// Steps until the next stop or `limit`; the number of steps made.
  static std::uint64_t step(pid_t child, std::uint64_t limit) {
    for (std::uint64_t made = 0; made < limit; ++made) {
      if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) return made;
      int status = 0;
      waitpid(child, &status, 0);
      if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) return made;
    }
    return limit;
  }

  static void end(pid_t child) {
    kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) == child && !WIFSIGNALED(status) && !WIFEXITED(status)) {
    }
  }

  void kill_at_steps(const Open& open) {
    std::uint64_t length = 0;
    {
      const TempDir dir;
      const pid_t child = start(dir / "data", open);
      length = step(child, 10'000'000);
      end(child);
    }
    ASSERT_GT(length, 100U);
    const bool all = std::getenv("FACTORWAL_CRASH_EVERY_STEP") != nullptr;
    const std::uint64_t stride = all ? 1 : length / 30;
    std::uint64_t whole = 0;
    std::uint64_t kills = 0;
    for (std::uint64_t at = 0; at <= length; at += stride) {
      const TempDir dir;
      const pid_t child = start(dir / "data", open);
      step(child, at);
      end(child);
      const std::uint64_t returned = *returned_;
      const auto found = recover(dir / "data");
      ASSERT_GE(found, returned) << "killed at step " << at;
      ASSERT_LE(found, kBefore + 1) << "killed at step " << at;
      if (found == kBefore + 1) ++whole;
      ++kills;
    }
    EXPECT_GT(whole, 0U) << "some of the last steps come after the record is complete";
    EXPECT_LT(whole, kills) << "some of the first come before";
    std::printf("%llu instructions, %llu kills, the record complete at %llu of them\n",
                static_cast<unsigned long long>(length), static_cast<unsigned long long>(kills),
                static_cast<unsigned long long>(whole));
  }

  /// The records of the recovered log: i-th of value i.
  static std::uint64_t recover(const std::string& directory) {
    auto wal = WalManager::open(directory);
    EXPECT_TRUE(wal) << wal.error().message;
    if (!wal) return 0;
    EXPECT_TRUE((*wal)->close());
    auto records = RecordStream::open(directory);
    EXPECT_TRUE(records);
    std::uint64_t count = 0;
    LogRecord record;
    while (records->next(record).value()) {
      ++count;
      EXPECT_EQ(record.sequence, count);
      const double value = record.type == RecordType::kTick ? record.fields[0] : record.value;
      EXPECT_EQ(value, static_cast<double>(count));
    }
    EXPECT_FALSE(records->corrupt());
    return count;
  }

  Returned returned_;
};

TEST_F(SingleStep, ThroughSendUpdateLosesNothingThatHadReturned) {
  kill_at_steps([](const std::string& directory) -> std::function<bool(std::uint64_t)> {
    auto wal = WalManager::open(directory);
    if (!wal) return {};
    auto* persister = new FactorWalPersister(*wal);
    const auto instrument = persister->instrument("A").value();
    const auto factor = persister->factor("f").value();
    return [=](std::uint64_t i) {
      return persister->send_update(instrument, factor, static_cast<double>(i), 0).accepted();
    };
  });
}

TEST_F(SingleStep, ThroughProcessTickLosesNothingThatHadReturned) {
  kill_at_steps([](const std::string& directory) -> std::function<bool(std::uint64_t)> {
    auto factors = FactorSet::parse("factor ma = ts_mean(last, 3)\nfactor e = ema(last, 5)",
                                    TickSchema::quotes());
    if (!factors) return {};
    auto engine = Engine::open(directory, *factors);
    if (!engine) return {};
    auto* running = engine->release();
    const auto instrument = running->instrument("A").value();
    auto* values = new std::vector<double>(running->factors().schema().size(), std::nan(""));
    return [=](std::uint64_t i) {
      (*values)[0] = static_cast<double>(i);
      return running->process_tick({instrument, static_cast<TimestampNs>(i), *values}).accepted();
    };
  });
}

}  // namespace
}  // namespace factorwal::test
