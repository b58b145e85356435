#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Status check(Numbers numbers) { return check_ddof(numbers[0], numbers[1]); }

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSquares}}}; }

void update(Node node) noexcept {
  const auto ddof = node.whole_number(1);
  const Window x = node.window();
  node.output(node.ready() && x.count() > ddof ? x.deviation(ddof) : kMissing);
}

}  // namespace

const Kind& ts_std() {
  static const Kind kKind{
      .name = "ts_std",
      .version = 2,
      .aliases = {{"rolling_std", "ddof", 0.0}, {"RollingStd", "ddof", 0.0}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, {"ddof", Parameter::Type::kInteger, 1.0, 0, 1}, kMinp},
      .first_value = "d",
      .definition = "the standard deviation of the window, divisor n - ddof (rolling_std: ddof=0)",
      .source = "pandas; TA-Lib STDDEV with ddof=0",
      .check = check,
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
