#include "run_watch.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>

#include "reading/table.h"

namespace factorwal::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kInterval{100};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

}  // namespace

// Signals must reach the thread that reads: they end its waiting.
RunWatch::RunWatch(Engine& engine) : engine_(engine), begun_(Clock::now()) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::string failure;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    failure = error.code().message();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!failure.empty()) {
    say("failing storage is not told while this runs: cannot start a thread: " + failure +
        " (limits: ulimit -u, ulimit -v, pids.max)");
  }
}

void RunWatch::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RunWatch::say(std::string_view message) {
  const std::lock_guard lock(mutex_);
  tell(message);
}

void RunWatch::tell(std::string_view message) {
  progress_.clear();
  tool::say(message);
}

void RunWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait_for(lock, kInterval, [this] { return ended_; });
    look();
  }
  progress_.clear();
}

void RunWatch::look() {
  auto& persister = engine_.persister();
  auto health = persister.health();
  const auto outages = persister.stats().outages;
  // One may have begun and ended since the last look.
  const bool fell = outages != outages_;
  const bool failed = told_.state == StorageState::kDegraded;
  if (health.state == StorageState::kDegraded && !failed) {
    tell(
        fmt::format("storage fails: {}; ticks go on in the channel, durable stays at sequence {} "
                    "until it works",
                    health.reason, engine_.marks().durable));
  } else if (health.state == StorageState::kOk && (failed || fell)) {
    const auto lasted =
        failed ? fmt::format(" after {:.1f} s",
                             std::chrono::duration<double>(health.since - told_.since).count())
               : fmt::format(" after a failure ({})", health.last_failure);
    tell(fmt::format("storage works again{}; durable up to sequence {}", lasted,
                     engine_.marks().durable));
  }
  outages_ = outages;
  if (!ended_) show_progress(health);
  told_ = std::move(health);
}

void RunWatch::show_progress(const StorageHealth& health) {
  if (!shows_progress()) return;
  const auto ticks = ticks_.load(std::memory_order_relaxed);
  const auto marks = engine_.marks();
  const auto risk = engine_.data_at_risk();
  auto text =
      fmt::format("{} ticks  {:.0f}/s  durable {}  at risk {} ticks, {:.1f} ms", ticks,
                  static_cast<double>(ticks) / seconds_since(begun_), marks.durable, risk.records,
                  std::chrono::duration<double, std::milli>(risk.oldest_age).count());
  if (marks.archived > 0) text += fmt::format("  archived {}", marks.archived);
  if (health.state == StorageState::kDegraded) text += "  DURABLE IS FROZEN: " + health.reason;
  // A line that wraps could not be overwritten.
  const auto width = terminal_width(STDERR_FILENO);
  if (width > 0 && text.size() >= width) text.resize(width - 1);
  progress_.show(text);
}

}  // namespace factorwal::tool
