// How many updates become durable, and how many bytes does each take, with exactly so many a
// commit? The log without its channel, beside bare records of the same round.

#include "commit_times.h"
#include "curves/curve.h"
#include "support/commits_in_turn.h"
#include "support/paced.h"

namespace factorwal::bench {
namespace {

constexpr std::size_t kCommitsExpected = 200'000;

class BatchCurve final : public CurveMeasurement {
 public:
  explicit BatchCurve(const Reach& reach)
      : CurveMeasurement({"batch",
                          "records_a_commit",
                          {"durable_updates_per_second", "raw_records_per_second", "x_raw",
                           "bytes_an_update", "log_commit_us", "raw_commit_us"}}),
        reach_(reach),
        updates_(std::max<std::uint64_t>(reach.batch_max, 1'000'000)) {}

  void round() override {
    const BenchDir dir(reach_.dir);
    RawFile raw(dir.path(), reach_.batch_max);
    CommitTimes times(clock_ns, true, kCommitsExpected);
    LogAlone log(must(WalManager::open_on(times, dir.path() + "/log")));
    log.commit(updates_.next(reach_.batch_max), reach_.batch_max);  // defines every name
    for (const auto batch : ladder(1, reach_.batch_max)) measure(batch, raw, log, times);
  }

 private:
  void measure(std::uint64_t batch, RawFile& raw, LogAlone& log, const CommitTimes& times) {
    const auto bytes_before = times.bytes();
    const auto [raw_ns, log_ns, commits] =
        commit_in_turn(raw, log, updates_, batch, batch < 10'000 ? 50 : 5, reach_.seconds);
    const auto updates = commits * static_cast<double>(batch);
    curve_.add(batch, {updates * 1e9 / log_ns, updates * 1e9 / raw_ns, raw_ns / log_ns,
                       static_cast<double>(times.bytes() - bytes_before) / updates,
                       log_ns / commits / 1e3, raw_ns / commits / 1e3});
  }

  const Reach& reach_;
  UpdateCycle updates_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_batch_curve(const Reach& reach) {
  return std::make_unique<BatchCurve>(reach);
}

}  // namespace factorwal::bench
