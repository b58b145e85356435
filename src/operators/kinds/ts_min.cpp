#include "operators/extreme.h"
#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout layout(Numbers numbers) { return extreme_layout(whole(numbers[0])); }

}  // namespace

const Kind& ts_min() {
  static const Kind kKind{
      .name = "ts_min",
      .version = 2,
      .aliases = {{"rolling_min"}, {"RollingMin"}, {"MIN"}, {"Min"}},
      .series = {{"x", "close"}},
      .parameters = {kWindowD, kMinp},
      .first_value = "d",
      .definition = "the smallest of the window",
      .source = "alpha101; TA-Lib MIN",
      .layout = layout,
      .kernel = kernel_of<update_extreme<Least>>,
  };
  return kKind;
}

}  // namespace factorwal::operators
