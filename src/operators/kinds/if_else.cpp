#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

void update(Node node) noexcept {
  const double condition = node.input(0);
  if (!node.present(condition)) return node.output(kMissing);
  node.output(condition != 0 ? node.input(1) : node.input(2));
}

}  // namespace

const Kind& if_else() {
  static const Kind kKind{
      .name = "if_else",
      .series = {{"condition", ""}, {"x", ""}, {"y", ""}},
      .first_value = "1",
      .definition = "x where the condition holds (is not 0), else y; missing where it is missing",
      .source = "textbook definition",
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
