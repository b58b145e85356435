#include <algorithm>
#include <cmath>

#include "operators/kinds.h"
#include "operators/smoother.h"

namespace factorwal::operators {
namespace {

struct State {
  double previous_close;
  std::uint64_t has_previous;
  Smoother average;
};

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(State), .steady_after = whole(numbers[0]) + 1};
}

bool sound(Numbers numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  return state.has_previous <= 1 && state.average.sound(whole(numbers[0]));
}

void update(Node node) noexcept {
  const double high = node.input(0);
  const double low = node.input(1);
  const double close = node.input(2);
  if (!node.present(high) || !node.present(low) || !node.present(close))
    return node.output(kMissing);
  auto& state = node.state<State>();
  const double true_range = std::max(
      {high - low, std::fabs(high - state.previous_close), std::fabs(low - state.previous_close)});
  state.previous_close = close;
  if (!node.steady() && state.has_previous == 0) {
    state.has_previous = 1;
    return node.output(kMissing);
  }
  const bool ready = state.average.push_wilder(true_range, node.whole_number(0), node.steady());
  node.output(ready ? state.average.value : kMissing);
}

}  // namespace

const Kind& atr() {
  static const Kind kKind{
      .name = "atr",
      .version = 2,
      .aliases = {{"ATR"}},
      .series = {{"high", "high"}, {"low", "low"}, {"close", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, 14.0, 1, kWindowMax}},
      .first_value = "n+1",
      .definition = "Wilder's average of the true range; seed: mean of the first n",
      .source = "Wilder 1978; TA-Lib ATR",
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
