#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return {.pair_slots = whole(numbers[0])}; }

void update(Node node) noexcept {
  node.output_present(node.pair_ready() ? node.pair_correlation() : kMissing);
}

void update_two(Node a, Node b) noexcept {
  if (!a.pair_ready() || !b.pair_ready()) [[unlikely]] {
    update(a);
    return update(b);
  }
  const Lanes both = correlations(a.step().pair, b.step().pair, a.block());
  a.output_present(both[0]);
  b.output_present(both[1]);
}

}  // namespace

const Kind& ts_corr() {
  static const Kind kKind{
      .name = "ts_corr",
      .version = 2,
      .aliases = {{"rolling_corr"}, {"RollingCorr"}, {"correlation"}},
      .series = {{"x", "close"}, {"y", "volume"}},
      .parameters = {{"d", Parameter::Type::kWindow, std::nullopt, 2, kWindowMax}, kMinp},
      .first_value = "d",
      .definition = "Pearson's correlation over the window; missing where x or y is flat",
      .source = "alpha101; pandas",
      .layout = layout,
      .kernel = kernel_by_twos<update, update_two>,
  };
  return kKind;
}

}  // namespace factorwal::operators
