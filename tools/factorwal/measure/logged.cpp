#include "measure/logged.h"

#include <thread>

#include "measure/interruption.h"
#include "measure/scratch.h"

namespace factorwal::measure {
namespace {

constexpr std::uint64_t kTimesMax = 4'000'000;

class LoggedRun {
 public:
  LoggedRun(TickTarget& target, const SampleTicks& ticks, const std::atomic<bool>& stop)
      : target_(target), ticks_(ticks), stop_(stop) {}

  Status at_full_speed(const LogBudget& budget, TickFigures& figures) {
    const auto begun = Clock::now();
    do {
      if (auto done = expect_not_interrupted(stop_); !done) return done;
      for (std::uint64_t i = 0; i < kTicksBetweenLooks; ++i) {
        const auto status = target_.process(ticks_, count_++);
        if (status != SendStatus::kAccepted) return target_.refusal(status);
      }
    } while (seconds_since(begun) < budget.seconds && written() < budget.bytes);
    auto done =
        wait_for_storage(stop_, [&](auto timeout) { return target_.engine().flush(timeout); });
    if (!done) return done;
    const auto ticks = static_cast<double>(count_);
    figures.durable_per_second = ticks / seconds_since(begun);
    figures.bytes_per_tick = static_cast<double>(written()) / ticks;
    return {};
  }

  Status at_half_speed(const LogBudget& budget, TickFigures& figures) {
    const auto limit = written() + budget.bytes;
    const std::chrono::duration<double> tick_time(2 / figures.durable_per_second);
    std::vector<std::uint32_t> times_ns;
    const auto begun = Clock::now();
    do {
      if (auto done = expect_not_interrupted(stop_); !done) return done;
      const auto due = begun + std::chrono::duration_cast<Clock::duration>(
                                   tick_time * static_cast<double>(times_ns.size()));
      std::this_thread::sleep_until(due);
      for (std::uint64_t i = 0; i < kTicksBetweenLooks; ++i) {
        const auto before = Clock::now();
        const auto status = target_.process(ticks_, count_++);
        const auto took = Clock::now() - before;
        if (status != SendStatus::kAccepted) return target_.refusal(status);
        times_ns.push_back(short_nanoseconds(took));
      }
    } while (seconds_since(begun) < budget.seconds && written() < limit &&
             times_ns.size() < kTimesMax);
    figures.logged_ns = spread_of(std::move(times_ns));
    return wait_for_storage(stop_, [&](auto timeout) { return target_.engine().flush(timeout); });
  }

 private:
  [[nodiscard]] std::uint64_t written() const {
    return target_.engine().persister().stats().bytes_written;
  }

  TickTarget& target_;
  const SampleTicks& ticks_;
  const std::atomic<bool>& stop_;
  std::uint64_t count_ = 0;
};

}  // namespace

Status measure_logged(const FactorSet& factors, const SampleTicks& ticks,
                      const std::string& directory, const LogBudget& budget,
                      const std::atomic<bool>& stop, TickFigures& figures) {
  auto target = TickTarget::open(directory, factors);
  if (!target) return target.error();
  LoggedRun run(*target, ticks, stop);
  const LogBudget half{budget.seconds / 2, budget.bytes / 2};
  if (auto done = run.at_full_speed(half, figures); !done) return done;
  if (auto done = run.at_half_speed(half, figures); !done) return done;
  if (auto done = target->engine().close(); !done) return done;
  remove_folder(directory);
  return {};
}

}  // namespace factorwal::measure
