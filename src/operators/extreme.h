#pragma once
/// The smallest or largest value of a window, in amortised O(1).
///
/// At a turn the extremes of every suffix of the window are computed. Up to the next turn, `slots`
/// ticks later, the window is such a suffix and the values since the turn.

#include "operators/kind.h"

namespace factorwal::operators {

struct Extreme {
  std::uint64_t turned;  ///< the tick of the last turn
  double since;          ///< of the values after it; behind it lie the suffixes, longest first
};

/// Of -0 and +0 the smaller is -0: the answer depends on the window's values, not on their order.
struct Least {
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  static double of(double a, double b) noexcept {
    const double one = a < b ? a : b;
    const double other = b < a ? b : a;
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(one) |
                                 std::bit_cast<std::uint64_t>(other));
  }
};

struct Most {
  static constexpr double kNone = -std::numeric_limits<double>::infinity();
  static double of(double a, double b) noexcept {
    const double one = a > b ? a : b;
    const double other = b > a ? b : a;
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(one) &
                                 std::bit_cast<std::uint64_t>(other));
  }
};

[[nodiscard]] inline Layout extreme_layout(std::int64_t slots) {
  return {.windows = {{0, slots, Order::kCount}},
          .derived_bytes = sizeof(Extreme) + static_cast<std::size_t>(slots) * sizeof(double)};
}

template <class Which>
[[gnu::noinline]] void turn(Node node) noexcept {
  const Window x = node.window();
  auto& extreme = node.derived<Extreme>();
  double* const suffixes = node.derived_numbers<Extreme>();
  double best = Which::kNone;
  for (std::uint32_t age = 0; age < x.slots(); ++age) {
    const double value = x.value(age);
    if (value == value) best = Which::of(best, value);
    suffixes[x.slots() - 1 - age] = best;
  }
  extreme.since = Which::kNone;
  extreme.turned = node.tick();
  node.output_present(node.ready() ? suffixes[0] : kMissing);
}

template <class Which>
void update_extreme(Node node) noexcept {
  auto& extreme = node.derived<Extreme>();
  double* const suffixes = node.derived_numbers<Extreme>();
  const Window x = node.window();
  const auto pushed = node.tick() - extreme.turned;
  if (pushed >= x.slots()) [[unlikely]] {
    return turn<Which>(node);
  }
  const double value = x.newest();
  double since = extreme.since;
  if (node.present(value)) [[likely]]
    extreme.since = since = Which::of(since, value);
  node.output_present(node.ready() ? Which::of(suffixes[pushed], since) : kMissing);
}

}  // namespace factorwal::operators
