#include "operators/kinds.h"
#include "operators/smoother.h"

namespace factorwal::operators {
namespace {

struct State {
  Smoother first;
  Smoother second;
};

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(State),
          .constants = {ema_gain(numbers[0])},
          .steady_after = 2 * whole(numbers[0])};
}

bool sound(Numbers numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  const auto n = whole(numbers[0]);
  return state.first.sound(n) && state.second.sound(n);
}

void update(Node node) noexcept {
  const double x = node.input();
  const auto n = node.whole_number(0);
  const double gain = node.number(1);
  auto& [first, second] = node.state<State>();
  const bool ready = node.present(x) && first.push(x, n, gain, node.steady()) &&
                     second.push(first.value, n, gain, node.steady());
  node.output(ready ? 2.0 * first.value - second.value : kMissing);
}

}  // namespace

const Kind& dema() {
  static const Kind kKind{
      .name = "dema",
      .version = 2,
      .aliases = {{"DEMA"}},
      .series = {{"x", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, std::nullopt, 1, kWindowMax}},
      .first_value = "2n-1",
      .definition = "2*ema(x, n) - ema(ema(x, n), n)",
      .source = "Mulloy 1994; TA-Lib DEMA",
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
