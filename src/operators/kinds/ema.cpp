#include "operators/kinds.h"
#include "operators/smoother.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(Smoother),
          .constants = {ema_gain(numbers[0])},
          .steady_after = whole(numbers[0])};
}

bool sound(Numbers numbers, std::byte* state) {
  return at<Smoother>(state, 0).sound(whole(numbers[0]));
}

void update(Node node) noexcept {
  const double x = node.input();
  auto& average = node.state<Smoother>();
  const bool ready =
      node.present(x) && average.push(x, node.whole_number(0), node.number(1), node.steady());
  node.output(ready ? average.value : kMissing);
}

}  // namespace

const Kind& ema() {
  static const Kind kKind{
      .name = "ema",
      .version = 2,
      .aliases = {{"EMA"}},
      .series = {{"x", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, std::nullopt, 1, kWindowMax}},
      .first_value = "n",
      .definition = "e += 2/(n+1) * (x - e); seed: mean of the first n",
      .source = "TA-Lib EMA",
      .fixed = "seed=sma",
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
