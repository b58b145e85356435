#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSum}}}; }

void update(Node node) noexcept {
  node.output_present(node.ready() ? node.window().mean() : kMissing);
}

}  // namespace

const Kind& ts_mean() {
  static const Kind kKind{
      .name = "ts_mean",
      .version = 2,
      .aliases = {{"sma"}, {"SMA"}, {"rolling_mean"}, {"RollingMean"}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, kMinp},
      .first_value = "d",
      .definition = "the mean of the window",
      .source = "pandas; TA-Lib SMA",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
