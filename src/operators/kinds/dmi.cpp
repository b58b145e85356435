#include <algorithm>
#include <cmath>

#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

struct State {
  double high;
  double low;
  double close;
  double plus;  // Wilder's sums of upward moves, downward moves and true ranges
  double minus;
  double range;
  std::int64_t bars;  // up to n
};

Layout layout(Numbers numbers) {
  return {.state_bytes = sizeof(State), .steady_after = whole(numbers[0]) + 1};
}

bool sound(Numbers numbers, std::byte* bytes) {
  const auto& state = at<State>(bytes, 0);
  return state.bars >= 0 && state.bars <= whole(numbers[0]);
}

/// The first n - 1 moves are added up; then each move replaces the n-th part of the sum.
void add(double& sum, double move, bool seeded, double n) noexcept {
  sum = seeded ? sum - sum / n + move : sum + move;
}

void update(Node node) noexcept {
  const double high = node.input(0);
  const double low = node.input(1);
  const double close = node.input(2);
  if (!node.present(high) || !node.present(low) || !node.present(close)) return node.all_missing();
  auto& state = node.state<State>();
  const State before = state;
  state.high = high;
  state.low = low;
  state.close = close;
  const bool seeded = node.steady() || before.bars == node.whole_number(0);
  if (!seeded) ++state.bars;
  if (!node.steady() && before.bars == 0) return node.all_missing();
  const double rise = high - before.high;
  const double fall = before.low - low;
  const double n = node.number(0);
  add(state.plus, rise > 0 && rise > fall ? rise : 0, seeded, n);
  add(state.minus, fall > 0 && fall > rise ? fall : 0, seeded, n);
  add(state.range,
      std::max({high - low, std::fabs(high - before.close), std::fabs(low - before.close)}), seeded,
      n);
  if (!seeded) return node.all_missing();
  const bool flat = state.range == 0;
  node.output(0, flat ? 0 : 100.0 * (state.plus / state.range));
  node.output(1, flat ? 0 : 100.0 * (state.minus / state.range));
}

}  // namespace

const Kind& dmi() {
  static const Kind kKind{
      .name = "dmi",
      .series = {{"high", "high"}, {"low", "low"}, {"close", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, 14.0, 2, kWindowMax}},
      .outputs = {"plus_di", "minus_di"},
      .first_value = "n+1",
      .definition =
          "100 * up / range, 100 * down / range; Wilder's sums of directional moves and true "
          "ranges, "
          "seed: the sum of the first n-1; 0 where range is 0",
      .source = "Wilder 1978; TA-Lib PLUS_DI, MINUS_DI",
      .layout = layout,
      .kernel = kernel_of<update>,
      .sound = sound,
  };
  return kKind;
}

}  // namespace factorwal::operators
