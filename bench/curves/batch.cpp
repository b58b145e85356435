// How many updates become durable, and how many bytes does each take, with exactly so many a
// commit? The log without its channel, beside bare records of the same round.

#include "commit_times.h"
#include "curves/curve.h"
#include "support/log_alone.h"
#include "support/paced.h"
#include "support/raw_file.h"

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
        updates_(make_updates(std::max<std::uint64_t>(reach.batch_max, 1'000'000))) {}

  void round() override {
    const BenchDir dir(reach_.dir);
    RawFile raw(dir.path(), reach_.batch_max);
    CommitTimes times(clock_ns, true, kCommitsExpected);
    LogAlone log(must(WalManager::open_on(times, dir.path() + "/log")));
    log.commit(next(reach_.batch_max), reach_.batch_max);  // defines every name
    for (const auto batch : ladder(1, reach_.batch_max)) measure(batch, raw, log, times);
  }

 private:
  void measure(std::uint64_t batch, RawFile& raw, LogAlone& log, const CommitTimes& times) {
    // In turns within the round: a disk does not stay the same for a second.
    const auto in_turn = batch < 10'000 ? 50 : 5;
    const auto bytes_before = times.bytes();
    double raw_ns = 0;
    double log_ns = 0;
    double commits = 0;
    const auto begun = now_ns();
    do {
      const auto before = now_ns();
      for (int i = 0; i < in_turn; ++i) raw.commit(batch);
      const auto between = now_ns();
      for (int i = 0; i < in_turn; ++i) log.commit(next(batch), batch);
      log_ns += static_cast<double>(now_ns() - between);
      raw_ns += static_cast<double>(between - before);
      commits += in_turn;
    } while (static_cast<double>(now_ns() - begun) < reach_.seconds * 1e9);
    const auto updates = commits * static_cast<double>(batch);
    curve_.add(batch, {updates * 1e9 / log_ns, updates * 1e9 / raw_ns, raw_ns / log_ns,
                       static_cast<double>(times.bytes() - bytes_before) / updates,
                       log_ns / commits / 1e3, raw_ns / commits / 1e3});
  }
  const Update* next(std::uint64_t count) {
    if (at_ + count > updates_.size()) at_ = 0;
    return &updates_[std::exchange(at_, at_ + count)];
  }

  const Reach& reach_;
  std::vector<Update> updates_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_batch_curve(const Reach& reach) {
  return std::make_unique<BatchCurve>(reach);
}

}  // namespace factorwal::bench
