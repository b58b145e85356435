#include <cmath>

#include "base/deterministic_math.h"
#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]) + 1, Order::kNone}}}; }

void update(Node node) noexcept {
  const Window x = node.window();
  const double now = x.newest();
  const double before = x.value(x.slots() - 1);
  if (!(now > 0 && before > 0)) return node.output(kMissing);
  // A ratio keeps the digits that log(now) - log(before) would lose when the two are close.
  const double ratio = now / before;
  node.output(ratio > 0 && std::isfinite(ratio) ? deterministic_log(ratio) : kMissing);
}

}  // namespace

const Kind& log_return() {
  static const Kind kKind{
      .name = "log_return",
      .version = 2,
      .series = {{"x", "close"}},
      .parameters = {{"d", Parameter::Type::kWindow, 1.0, 1, kWindowMax}},
      .first_value = "d+1",
      .definition = "log(x / x of d ticks ago); missing unless both are above 0",
      .source = "textbook definition",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
