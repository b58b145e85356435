#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers) { return {.windows = {{0, 2, Order::kNone}}}; }

void update(Node node) noexcept { node.output(node.window().newest() - node.window().value(1)); }

}  // namespace

const Kind& oi_delta() {
  static const Kind kKind{
      .name = "oi_delta",
      .version = 2,
      .series = {{"open_interest", "open_interest"}},
      .first_value = "2",
      .definition = "open interest - that of the tick before",
      .source = "textbook definition",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
