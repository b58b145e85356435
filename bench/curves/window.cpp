// What does a tick cost with windows that long? A mean, a deviation, a largest value and an average
// that has no window, of one instrument and of a hundred in turn; a rank by itself.

#include "curves/tick_cost.h"

namespace factorwal::bench {
namespace {

constexpr std::uint32_t kMany = 100;

class WindowCurve final : public CurveMeasurement {
 public:
  explicit WindowCurve(const Reach& reach)
      : CurveMeasurement({"window",
                          "window_ticks",
                          {"four_factors_ns", "four_factors_100_instruments_ns", "rank_ns"}}),
        reach_(reach) {}

  void round() override {
    measure(5);
    for (const auto window : ladder(10, reach_.window_max)) measure(window);
  }

 private:
  void measure(std::uint64_t window) {
    const auto of = [&](const char* call) { return call + numbered("(close, ", window) + ")\n"; };
    const auto four = "factor mean = " + of("ts_mean") + "factor deviation = " + of("ts_std") +
                      "factor largest = " + of("ts_max") + "factor average = " + of("ema");
    curve_.add(window,
               {tick_cost(reach_, {four, 1, window}), tick_cost(reach_, {four, kMany, window}),
                tick_cost(reach_, {"factor rank = " + of("ts_rank"), 1, window})});
  }

  const Reach& reach_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_window_curve(const Reach& reach) {
  return std::make_unique<WindowCurve>(reach);
}

}  // namespace factorwal::bench
