#include "measure/computed.h"

#include "factorwal/factor_evaluator.h"
#include "measure/interruption.h"

namespace factorwal::measure {
namespace {

constexpr std::uint64_t kComputedTicksMax = 2'000'000;

}  // namespace

Result<Spread> measure_computed(const FactorSet& factors, const SampleTicks& ticks, double seconds,
                                const std::atomic<bool>& stop) {
  std::vector<FactorEvaluator> evaluators;
  for (std::size_t i = 0; i < SampleTicks::kInstruments; ++i) evaluators.emplace_back(factors);
  std::vector<double> values(factors.size());
  std::vector<std::uint32_t> times_ns;
  const auto begun = Clock::now();
  for (std::uint64_t i = 0; i < kComputedTicksMax; ++i) {
    if (i % kTicksBetweenLooks == 0) {
      if (auto done = expect_not_interrupted(stop); !done) return done.error();
      if (i > 0 && seconds_since(begun) >= seconds) break;
    }
    auto& evaluator = evaluators[ticks.instrument_at(i)];
    const auto fields = ticks.values_at(i);
    const auto before = Clock::now();
    evaluator.evaluate(fields, values);
    times_ns.push_back(short_nanoseconds(Clock::now() - before));
  }
  return spread_of(std::move(times_ns));
}

}  // namespace factorwal::measure
