#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSum}}}; }

void update(Node node) noexcept { node.output(node.ready() ? node.window().total() : kMissing); }

}  // namespace

const Kind& ts_sum() {
  static const Kind kKind{
      .name = "ts_sum",
      .version = 2,
      .aliases = {{"rolling_sum"}, {"RollingSum"}, {"SUM"}, {"Sum"}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, kMinp},
      .first_value = "d",
      .definition = "the sum of the window",
      .source = "alpha101; TA-Lib SUM",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
