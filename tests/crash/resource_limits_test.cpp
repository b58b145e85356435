/// Where the system gives no thread or no memory: an Error, and a directory that opens later.

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "factorwal/engine.h"
#include "factorwal/record_stream.h"
#include "support/sanitizers.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

// A number that no user has, so that the limit counts this test's processes alone.
/// Threads are counted by user, over all processes: nobody else may be this one.
uid_t user_of_this_test() { return 100'000 + static_cast<uid_t>(getpid()); }

class ResourceLimits : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root: the limit is set for a user of its own";
    if (!dir_.others_can_get_here()) GTEST_SKIP() << "other users cannot reach " << dir_.path();
    std::filesystem::create_directory(data());
    ASSERT_EQ(chown(dir_.path().c_str(), user_of_this_test(), user_of_this_test()), 0);
    ASSERT_EQ(chown(data().c_str(), user_of_this_test(), user_of_this_test()), 0);
  }
  [[nodiscard]] std::string data() const { return dir_ / "data"; }
  [[nodiscard]] static FactorSet factors() {
    return FactorSet::parse("factor m = ts_mean(close, 5)", TickSchema::make({"close"}).value())
        .value();
  }
  /// As a user who may have so many processes and threads.
  template <class Body>
  [[nodiscard]] static int as_user(rlim_t processes, Body body) {
    const auto user = user_of_this_test();
    const pid_t child = fork();
    if (child == 0) {
      const rlimit limit{processes, processes};
      if (setgroups(0, nullptr) != 0 || setgid(user) != 0 || setuid(user) != 0 ||
          setrlimit(RLIMIT_NPROC, &limit) != 0) {
        _exit(90);
      }
      int status = 91;
      try {
        status = body();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "threw %s\n", error.what());
      }
      _exit(status);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  [[nodiscard]] static bool signals_are_blocked() {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGINT) != 0 || sigismember(&mask, SIGTERM) != 0;
  }
  /// 10: opened and fed; 0: an Error as it should be.
  [[nodiscard]] int open_and_feed() const {
    auto engine = Engine::open(data(), factors());
    if (signals_are_blocked()) return 1;
    if (!engine) {
      const auto& error = engine.error();
      std::printf("%s\n", error.message.c_str());
      if (error.code != Errc::kIo || error.errno_value != EAGAIN) return 2;
      return error.message.find("ulimit -u") == std::string::npos ? 3 : 0;
    }
    const double fields[] = {1};
    if (!(*engine)->process_tick({(*engine)->instrument("A").value(), 1, fields})) return 4;
    return (*engine)->close() ? 10 : 5;
  }
  TempDir dir_;
};

// Failure: an engine that got no thread threw out of its open, and left all signals blocked. Cause:
// the thread was started between two changes of the mask. Cure: the mask is restored on every way
// out, and a thread that cannot be had is an Error.
TEST_F(ResourceLimits, AnOpenWithoutAThreadIsAnErrorAndTheDirectoryOpensLater) {
  int opened = 0;
  int refused = 0;
  for (rlim_t processes = 1; processes < 6; ++processes) {
    const int status = as_user(processes, [&] { return open_and_feed(); });
    if (status == 90) GTEST_SKIP() << "cannot become another user here";
    ASSERT_TRUE(status == 0 || status == 10) << status << " with " << processes;
    (status == 0 ? refused : opened) += 1;
  }
  EXPECT_GE(refused, 2) << "neither the preparer's thread nor the persister's";
  EXPECT_GE(opened, 1);
  auto records = RecordStream::open(data());
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(records->clean());
  LogRecord record;
  int count = 0;
  while (records->next(record).value()) ++count;
  EXPECT_EQ(count, opened);
}

TEST_F(ResourceLimits, APersisterWithoutAThreadIsStoppedFromTheStart) {
  const int status = as_user(2, [&] {
    auto wal = WalManager::open(data());
    if (!wal) return 1;
    FactorWalPersister persister(*wal);
    if (signals_are_blocked()) return 2;
    const auto health = persister.health();
    if (health.state != StorageState::kStopped || health.errno_value != EAGAIN) return 3;
    if (health.reason.find("cannot start a thread") == std::string::npos) return 4;
    if (persister.send_time(1).status != SendStatus::kStopped) return 5;
    if (persister.send_update("A", "f", 1, 1).error().code != Errc::kPoisoned) return 6;
    if (!persister.flush(std::chrono::seconds(60))) return 7;  // nothing was accepted
    if (persister.shutdown().error().code != Errc::kPoisoned) return 8;
    return (*wal)->close() ? 0 : 9;
  });
  if (status == 90) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(as_user(64, [&] { return open_and_feed(); }), 10);
}

// Whatever the memory ends in: an Error, never an exception.
TEST(MemoryLimit, AnOpenWithoutMemoryIsAnErrorAndTheDirectoryOpensLater) {
  if (kSanitizesAddresses || kSanitizesThreads) {
    GTEST_SKIP() << "the sanitizers need address space of their own";
  }
  const TempDir dir;
  const std::string data = dir / "data";
  const auto schema = TickSchema::make({"close"}).value();
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text +=
        "factor f" + std::to_string(i) + " = ts_mean(close, " + std::to_string(2 + i % 300) + ")\n";
  }
  int refused = 0;
  int opened = 0;
  for (rlim_t kib = 0; kib < 256 << 10; kib += 1 + kib / 8) {
    const pid_t child = fork();
    if (child == 0) {
      long pages = 0;
      std::FILE* statm = std::fopen("/proc/self/statm", "r");
      if (statm == nullptr || std::fscanf(statm, "%ld", &pages) != 1) _exit(90);
      const auto now = static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
      const rlimit limit{now + kib * 1024, now + kib * 1024};
      if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(90);
      const auto factors = FactorSet::parse(text, schema);
      if (!factors) _exit(factors.error().errno_value == ENOMEM ? 1 : 2);
      auto engine = Engine::open(data, *factors);
      _exit(engine ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ASSERT_LE(code, 1) << "with " << kib << " KiB";
    (code == 0 ? opened : refused) += 1;
  }
  EXPECT_GT(refused, 5);
  EXPECT_GT(opened, 0);
  const auto factors = FactorSet::parse(text, schema).value();
  auto engine = Engine::open(data, factors);
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_TRUE((*engine)->close());
}

}  // namespace
}  // namespace factorwal::test
