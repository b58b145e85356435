#include <cmath>

#include "operators/kinds.h"
#include "operators/smoother.h"

namespace factorwal::operators {
namespace {

struct State {
  double previous;
  std::uint64_t has_previous;
  Smoother gain;
  Smoother loss;
};

Status check(Numbers numbers) {
  // NaN is a fair answer for a flat series; an infinite one is not.
  if (std::isinf(numbers[1])) return Error{Errc::kInvalidArgument, "flat must not be infinite"};
  return {};
}

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(State), .steady_after = whole(numbers[0]) + 1};
}

bool sound(Numbers numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  const auto n = whole(numbers[0]);
  return state.has_previous <= 1 && state.gain.sound(n) && state.loss.sound(n);
}

void update(Node node) noexcept {
  const double x = node.input();
  if (!node.present(x)) return node.output(kMissing);
  auto& state = node.state<State>();
  const double change = x - state.previous;
  state.previous = x;
  if (!node.steady() && state.has_previous == 0) {
    state.has_previous = 1;
    return node.output(kMissing);
  }
  const auto n = node.whole_number(0);
  const bool ready = state.gain.push_wilder(change > 0 ? change : 0, n, node.steady());
  state.loss.push_wilder(change < 0 ? -change : 0, n, node.steady());
  if (!ready) return node.output(kMissing);
  const double gain = state.gain.value;
  const double both = gain + state.loss.value;
  node.output(both == 0 ? node.number(1) : 100.0 * (gain / both));
}

}  // namespace

const Kind& rsi() {
  static const Kind kKind{
      .name = "rsi",
      .version = 2,
      .aliases = {{"RSI"}},
      .series = {{"x", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, 14.0, 2, kWindowMax},
                     {"flat", Parameter::Type::kNumber, 0.0}},
      .first_value = "n+1",
      .definition =
          "100 g / (g + l), Wilder's averages of gains and losses; `flat` when both are 0",
      .source = "Wilder 1978; TA-Lib RSI",
      .check = check,
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
