#include "operators/extreme.h"
#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return extreme_layout(whole(numbers[0])); }

}  // namespace

const Kind& ts_max() {
  static const Kind kKind{
      .name = "ts_max",
      .version = 2,
      .aliases = {{"rolling_max"}, {"RollingMax"}, {"MAX"}, {"Max"}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, kMinp},
      .first_value = "d",
      .definition = "the largest of the window",
      .source = "alpha101; TA-Lib MAX",
      .layout = layout,
      .kernel = kernel_of<update_extreme<Most>>,
  };
  return kKind;
}

}  // namespace factorwal::operators
