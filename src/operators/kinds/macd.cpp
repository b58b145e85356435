#include "operators/kinds.h"
#include "operators/smoother.h"

namespace factorwal::operators {
namespace {

struct State {
  Smoother fast;
  Smoother slow;
  Smoother signal;
  std::int64_t skipped;  // values before the fast average begins
};

Status check(Numbers numbers) {
  if (numbers[0] < numbers[1]) return {};
  return Error{Errc::kInvalidArgument, "fast must be smaller than slow, but is " +
                                           std::to_string(whole(numbers[0])) + " against " +
                                           std::to_string(whole(numbers[1]))};
}

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(State),
          .constants = {ema_gain(numbers[0]), ema_gain(numbers[1]), ema_gain(numbers[2])},
          .steady_after = whole(numbers[1]) + whole(numbers[2])};
}

bool sound(Numbers numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  const auto skips = whole(numbers[1]) - whole(numbers[0]);
  return state.fast.sound(whole(numbers[0])) && state.slow.sound(whole(numbers[1])) &&
         state.signal.sound(whole(numbers[2])) && state.skipped >= 0 && state.skipped <= skips;
}

// As in TA-Lib both averages have their first value at the slow one's.
void update(Node node) noexcept {
  const double x = node.input();
  if (!node.present(x)) return node.all_missing();
  auto& state = node.state<State>();
  const auto fast = node.whole_number(0);
  const auto slow = node.whole_number(1);
  if (!node.steady() && state.skipped < slow - fast) {
    ++state.skipped;
  } else {
    state.fast.push(x, fast, node.number(3), node.steady());
  }
  if (!state.slow.push(x, slow, node.number(4), node.steady())) return node.all_missing();
  const double line = state.fast.value - state.slow.value;
  if (!state.signal.push(line, node.whole_number(2), node.number(5), node.steady()))
    return node.all_missing();
  node.output(0, line);
  if (node.wants(1)) node.output(1, state.signal.value);
  if (node.wants(2)) node.output(2, line - state.signal.value);
}

}  // namespace

const Kind& macd() {
  static const Kind kKind{
      .name = "macd",
      .version = 2,
      .aliases = {{"MACD"}},
      .series = {{"x", "close"}},
      .parameters = {{"fast", Parameter::Type::kWindow, 12.0, 1, kWindowMax},
                     {"slow", Parameter::Type::kWindow, 26.0, 1, kWindowMax},
                     {"signal", Parameter::Type::kWindow, 9.0, 1, kWindowMax}},
      .outputs = {"line", "signal", "hist"},
      .first_value = "slow+signal-1",
      .definition =
          "line = ema(fast) - ema(slow), both started at tick slow; signal = ema(line); "
          "hist = line - signal",
      .source = "Appel; TA-Lib MACD",
      .check = check,
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
