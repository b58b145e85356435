#include "measure/recovery.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include "measure/interruption.h"
#include "measure/scratch.h"

namespace factorwal::measure {
namespace {

EngineOptions without_snapshots() {
  EngineOptions options;
  options.snapshot_every = 0;
  return options;
}

/// A close would save the states of all instruments: ends the process instead, once everything is
/// durable. Returns only what went wrong.
Error write_log_and_exit(const FactorSet& factors, const SampleTicks& ticks,
                         const std::string& directory, std::uint64_t tick_count) {
  static const std::atomic<bool> kNeverStopped{false};  // it is killed instead
  auto target = TickTarget::open(directory, factors, without_snapshots());
  if (!target) return target.error();
  for (std::uint64_t i = 0; i < tick_count; ++i) {
    const auto status = target->process(ticks, i);
    if (status != SendStatus::kAccepted) return target->refusal(status);
  }
  const auto done = wait_for_storage(kNeverStopped,
                                     [&](auto timeout) { return target->engine().flush(timeout); });
  if (!done) return done.error();
  ::_exit(0);
}

/// A process that writes a log and ends as a killed one does. What goes wrong in it comes back
/// through a pipe.
class LogWriter {
 public:
  LogWriter() = default;
  ~LogWriter() {
    for (const int fd : pipe_) {
      if (fd >= 0) ::close(fd);
    }
  }
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  template <class Write>
  Status start(Write&& write) {
    if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return failed();
    child_ = ::fork();
    if (child_ < 0) return failed();
    if (child_ > 0) return {};
    const Error error = write();
    (void)!::write(pipe_[1], error.message.data(), error.message.size());
    ::_exit(1);
  }

  /// `stop` kills it.
  Status wait(const std::atomic<bool>& stop) {
    int status = 0;
    while (::waitpid(child_, &status, WNOHANG) == 0) {
      if (stop) ::kill(child_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (auto done = expect_not_interrupted(stop); !done) return done;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    std::array<char, 1024> text;
    const auto length = ::read(pipe_[0], text.data(), text.size());
    if (length <= 0) return Error{Errc::kIo, "a process that wrote a log was killed", 0};
    return Error{Errc::kIo, std::string(text.data(), static_cast<std::size_t>(length)), 0};
  }

 private:
  static Error failed() {
    const int code = errno;
    return Error{
        Errc::kIo,
        fmt::format("start a process that writes a log: {}", std::generic_category().message(code)),
        code};
  }

  std::array<int, 2> pipe_{-1, -1};
  pid_t child_ = -1;
};

/// Takes the channel of a killed process out of shared memory.
void drain_channel(const std::string& directory) {
  if (auto wal = WalManager::open(directory)) (void)(*wal)->close();
}

}  // namespace

Result<RecoveryFigures> measure_recovery(const FactorSet& factors, const SampleTicks& ticks,
                                         const std::string& directory, std::uint64_t tick_count,
                                         const std::atomic<bool>& stop) {
  LogWriter writer;
  auto done =
      writer.start([&] { return write_log_and_exit(factors, ticks, directory, tick_count); });
  if (!done) return done.error();
  if (done = writer.wait(stop); !done) {
    drain_channel(directory);
    return done.error();
  }
  RecoveryFigures figures;
  const auto begun = Clock::now();
  auto engine = Engine::open(directory, factors, without_snapshots());
  figures.ms = seconds_since(begun) * 1e3;
  if (!engine) return engine.error();
  figures.ticks = (*engine)->recovery().ticks_replayed;
  if (done = (*engine)->close(); !done) return done.error();
  remove_folder(directory);
  return figures;
}

}  // namespace factorwal::measure
