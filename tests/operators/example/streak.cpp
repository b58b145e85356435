#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

constexpr std::int64_t kLengthMax = std::int64_t{1} << 53;

struct State {
  double previous;
  std::uint64_t has_previous;
  std::int64_t length;  // rises in a row; of falls the negative number
  double start;         // the value before the first of them
};

Layout layout(Numbers) { return {.state_bytes = sizeof(State)}; }

bool sound(Numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  return state.has_previous <= 1 && state.length > -kLengthMax && state.length < kLengthMax;
}

void update(Node node) noexcept {
  const double x = node.input();
  if (!is_present(x)) return node.all_missing();  // the state stays
  auto& state = node.state<State>();
  const double previous = state.previous;
  state.previous = x;
  if (state.has_previous == 0) {
    state.has_previous = 1;
    return node.all_missing();
  }
  const int direction = (x > previous ? 1 : 0) - (x < previous ? 1 : 0);
  if (direction * state.length <= 0) {
    state.length = 0;
    state.start = previous;
  }
  state.length += direction;
  node.output(0, static_cast<double>(state.length));
  node.output(1, x - state.start);
}

}  // namespace

const Kind& streak() {
  static const Kind kKind{
      .name = "streak",
      .series = {{"x", "close"}},
      .outputs = {"length", "move"},
      .first_value = "2",
      .definition = "rises (or, negative, falls) in a row; how far x has moved in them",
      .source = "textbook definition",
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
