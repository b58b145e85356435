#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Status check(Numbers numbers) { return check_ddof(numbers[0], numbers[1]); }

// The newest d slots of the first input, with sums and squares.
Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSquares}}}; }

void update(Node node) noexcept {
  const auto ddof = node.whole_number(1);
  const Window x = node.window();
  if (!node.ready() || x.count() <= ddof) return node.output(kMissing);
  node.output(x.deviation(ddof) / x.mean());
}

}  // namespace

const Kind& ts_cv() {
  static const Kind kKind{
      .name = "ts_cv",
      .series = {{"x", "close"}},
      .parameters = {kWindowD, {"ddof", Parameter::Type::kInteger, 1.0, 0, 1}, kMinp},
      .first_value = "d",
      .definition = "standard deviation / mean of the window; missing where the mean is 0",
      .source = "Pearson 1896",
      .check = check,
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
