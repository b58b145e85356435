#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

void update(Node node) noexcept { node.output((node.input(0) + node.input(1)) * 0.5); }

}  // namespace

const Kind& mid() {
  static const Kind kKind{
      .name = "mid",
      .series = {{"bid", "bid"}, {"ask", "ask"}},
      .first_value = "1",
      .definition = "(bid + ask) / 2",
      .source = "textbook definition",
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
