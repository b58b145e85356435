// What does a tick cost with so many factors? The same nine kinds again and again, no two of one
// window, so that no two are one computation; the windows are spread evenly at every size. One
// instrument.

#include "curves/tick_cost.h"
#include "graph/plan.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kWindowMin = 5;
constexpr std::uint64_t kWindows = 1000;
constexpr std::uint64_t kStep = 617;  // a prime that is near the golden section of kWindows

std::string factors_text(std::uint64_t count) {
  static constexpr const char* kKinds[] = {
      "ts_mean(close", "ts_std(close", "ts_max(close",  "ts_min(close",         "ema(close",
      "rsi(close",     "delta(close",  "ts_sum(volume", "ts_corr(close, volume"};
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto window = kWindowMin + (kWindows / 2 + i * kStep) % kWindows;
    text += numbered("factor f", i) + " = " + kKinds[i % std::size(kKinds)];
    text += numbered(", ", window) + ")\n";
  }
  return text;
}

class FactorsCurve final : public CurveMeasurement {
 public:
  explicit FactorsCurve(const Reach& reach)
      : CurveMeasurement({"factors", "factors", {"process_tick_ns", "ns_a_factor", "state_bytes"}}),
        reach_(reach) {}

  void round() override {
    for (const auto count : ladder(1, reach_.factors_max)) {
      const auto text = factors_text(count);
      const auto ns = tick_cost(reach_, {text, 1, kWindowMin + kWindows});
      const auto state = must(FactorSet::parse(text, TickSchema::quotes())).plan()->fresh_block();
      curve_.add(count, {ns, ns / static_cast<double>(count), static_cast<double>(state.size())});
    }
  }

 private:
  const Reach& reach_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_factors_curve(const Reach& reach) {
  return std::make_unique<FactorsCurve>(reach);
}

}  // namespace factorwal::bench
