// How long until an update is durable, when so many come a second? Events of 16 updates at even
// distances, through a persister as it is by default.

#include <thread>

#include "curves/curve.h"
#include "support/paced.h"

namespace factorwal::bench {
namespace {

/// Sleeps, but for the end: a sleep may last 100 us too long.
void wait_until(Clock::time_point time) {
  constexpr auto kSpun = std::chrono::microseconds(100);
  if (time - Clock::now() > kSpun) std::this_thread::sleep_until(time - kSpun);
  while (Clock::now() < time) __builtin_ia32_pause();
}

class RateCurve final : public CurveMeasurement {
 public:
  explicit RateCurve(const Reach& reach)
      : CurveMeasurement({"rate",
                          "asked_updates_per_second",
                          {"sent_updates_per_second", "durable_p50_us", "durable_p99_us",
                           "write_and_sync_p50_us", "records_a_commit"}}),
        reach_(reach) {}

  void round() override {
    for (const auto rate : ladder(1000, reach_.rate_max)) measure(rate);
  }

 private:
  void measure(std::uint64_t rate) {
    const std::chrono::nanoseconds interval(1'000'000'000 * std::uint64_t{kFactors} / rate);
    const auto events = std::max(reach_.events, static_cast<std::uint64_t>(reach_.seconds * 1e9) /
                                                    static_cast<std::uint64_t>(interval.count()));
    const auto run = run_paced(reach_.dir, events, interval, wait_until);
    auto times = run.durable_after();
    std::vector<std::int64_t> syncs;
    for (const auto& commit : run.commits) {
      syncs.push_back(static_cast<std::int64_t>(commit.end - commit.begin));
    }
    curve_.add(rate,
               {rate_of((events - 1) * kFactors, run.sent.back() - run.sent.front()),
                static_cast<double>(percentile(times, 0.5)) / 1e3,
                static_cast<double>(percentile(times, 0.99)) / 1e3,
                static_cast<double>(percentile(syncs, 0.5)) / 1e3,
                static_cast<double>(events * kFactors) / static_cast<double>(run.commits.size())});
  }

  const Reach& reach_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_rate_curve(const Reach& reach) {
  return std::make_unique<RateCurve>(reach);
}

}  // namespace factorwal::bench
