// How long until an update is durable when 2,000 events of 16 updates come a second, beside raw
// records that come so?

#include <thread>

#include "support/paced.h"
#include "support/raw_store.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kEventsPerSecond = 2000;
constexpr std::chrono::nanoseconds kInterval{1'000'000'000 / kEventsPerSecond};

void sleep_until(Clock::time_point time) { std::this_thread::sleep_until(time); }

class PacedCommits final : public Measurement {
 public:
  PacedCommits(Table& table, const Scale& scale)
      : scale_(scale),
        p50_(table.at_most("32,000 updates/s, send to durable, p50", "x raw", 1.1)),
        p99_(table.at_most("32,000 updates/s, send to durable, p99", "x raw", 1.5)),
        events_(static_cast<std::uint64_t>(scale.seconds * 4 * kEventsPerSecond) + 1) {}

  void round() override {
    auto raw = raw_times();
    auto ours = run_paced(scale_.dir, events_, kInterval, sleep_until).durable_after();
    const auto ratio = [&](double share) {
      return static_cast<double>(percentile(ours, share)) /
             static_cast<double>(percentile(raw, share));
    };
    p50_.add(ratio(0.5));
    p99_.add(ratio(0.99));
  }

 private:
  std::vector<std::int64_t> raw_times() {
    const BenchDir dir(scale_.dir);
    RawStore raw(dir.path(), sizeof(Update), events_ * kFactors);
    const auto sent = send_events(events_, kInterval, sleep_until,
                                  [&](const Update& update) { raw.send(&update); });
    return latencies(sent, raw.finish(), [](const auto& commit) { return commit.end_ns; });
  }

  const Scale& scale_;
  Row& p50_;
  Row& p99_;
  std::uint64_t events_;
};

}  // namespace

std::unique_ptr<Measurement> make_paced_commits(Table& table, const Scale& scale) {
  return std::make_unique<PacedCommits>(table, scale);
}

}  // namespace factorwal::bench
