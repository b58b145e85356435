#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

void update(Node node) noexcept { node.output(node.input(1) - node.input(0)); }

}  // namespace

const Kind& spread() {
  static const Kind kKind{
      .name = "spread",
      .series = {{"bid", "bid"}, {"ask", "ask"}},
      .first_value = "1",
      .definition = "ask - bid",
      .source = "textbook definition",
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
