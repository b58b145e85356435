#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kCount}}}; }

void update(Node node) noexcept {
  const Window x = node.window();
  const double newest = x.newest();
  if (!node.ready() || !is_present(newest)) return node.output(kMissing);
  // Twice the rank: a whole number, also where the average of ties ends in a half. The newest
  // value itself is one of the ties.
  std::int64_t twice_rank = 1;
  for (std::uint32_t age = 0; age < x.slots(); ++age) {
    const double value = x.value(age);
    twice_rank += (value < newest ? 2 : 0) + (value == newest ? 1 : 0);  // NaN is neither
  }
  node.output_present(static_cast<double>(twice_rank) / static_cast<double>(2 * x.count()));
}

}  // namespace

const Kind& ts_rank() {
  static const Kind kKind{
      .name = "ts_rank",
      .series = {{"x", "close"}},
      .parameters = {kWindowD, kMinp},
      .first_value = "d",
      .definition =
          "rank of the newest among the window's n present values, ties at their average, / n: "
          "1/n to 1; missing where the newest is; computed anew in O(d)",
      .source = "alpha101; Qlib Rank",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
