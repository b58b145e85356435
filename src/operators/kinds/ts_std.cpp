#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Status check(Numbers numbers) { return check_ddof(numbers[0], numbers[1]); }

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSquares}}}; }

bool has_value(Node node) noexcept {
  return node.steady() || (node.ready() && node.window().count() > node.whole_number(1));
}

void update(Node node) noexcept {
  node.output(has_value(node) ? node.window().deviation(node.whole_number(1)) : kMissing);
}

void update_two(Node a, Node b) noexcept {
  const auto ddof = a.whole_number(1);
  if (!has_value(a) || !has_value(b) || b.whole_number(1) != ddof) [[unlikely]] {
    update(a);
    return update(b);
  }
  const Lanes both = Window::deviations(a.window(), b.window(), ddof);
  a.output(both[0]);
  b.output(both[1]);
}

}  // namespace

const Kind& ts_std() {
  static const Kind kKind{
      .name = "ts_std",
      .version = 2,
      .aliases = {{"rolling_std", "ddof", 0.0}, {"RollingStd", "ddof", 0.0}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, {"ddof", Parameter::Type::kInteger, 1.0, 0, 1}, kMinp},
      .first_value = "d",
      .definition = "the standard deviation of the window, divisor n - ddof (rolling_std: ddof=0)",
      .source = "pandas; TA-Lib STDDEV with ddof=0",
      .check = check,
      .layout = layout,
      .kernel = kernel_by_twos<update, update_two>,
  };
  return kKind;
}

}  // namespace factorwal::operators
