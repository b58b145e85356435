#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]) + 1, Order::kNone}}}; }

void update(Node node) noexcept {
  const Window x = node.window();
  node.output(x.newest() - x.value(x.slots() - 1));
}

}  // namespace

const Kind& delta() {
  static const Kind kKind{
      .name = "delta",
      .version = 2,
      .aliases = {{"ts_delta"}, {"mom"}, {"MOM"}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD},
      .first_value = "d+1",
      .definition = "x - x of d ticks ago",
      .source = "alpha101; TA-Lib MOM",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
