// How many updates become durable, and what does a send cost, when so many threads send at once?

#include "support/producers.h"

#include "curves/curve.h"

namespace factorwal::bench {
namespace {

constexpr std::size_t kThreads[] = {1, 2, 4};

class ProducersCurve final : public CurveMeasurement {
 public:
  explicit ProducersCurve(const Reach& reach)
      : CurveMeasurement({"producers", "producers", {"durable_updates_per_second", "send_p50_ns"}}),
        reach_(reach),
        updates_(make_updates(reach.updates)) {}

  void round() override {
    for (const auto threads : kThreads) {
      const BenchDir dir(reach_.dir);
      const auto run = run_producers(dir.path(), updates_, threads);
      curve_.add(threads, {run.updates_per_second, run.send_ns});
    }
  }

 private:
  const Reach& reach_;
  std::vector<Update> updates_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_producers_curve(const Reach& reach) {
  return std::make_unique<ProducersCurve>(reach);
}

}  // namespace factorwal::bench
