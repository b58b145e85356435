#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Status check(Numbers numbers) {
  if (Status valid = check_ddof(numbers[0], numbers[2]); !valid) return valid;
  if (!(numbers[1] > 0) || !is_present(numbers[1])) {
    return Error{Errc::kInvalidArgument, "k must be a number above 0"};
  }
  return {};
}

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kSquares}}}; }

void update(Node node) noexcept {
  if (!node.ready()) return node.all_missing();
  const Window x = node.window();
  const double middle = x.mean();
  const double width = node.number(1) * x.deviation(node.whole_number(2));
  const double upper = middle + width;
  const double lower = middle - width;
  node.output(0, upper);
  if (node.wants(1)) node.output(1, middle);
  if (node.wants(2)) node.output(2, lower);
  if (node.wants(3)) node.output(3, (upper - lower) / middle);
  if (node.wants(4)) node.output(4, (node.input() - lower) / (upper - lower));
}

}  // namespace

const Kind& bbands() {
  static const Kind kKind{
      .name = "bbands",
      .version = 2,
      .aliases = {{"bollinger_bands"}, {"BollingerBands"}, {"BBANDS"}},
      .series = {{"x", "close"}},
      .parameters = {{"n", Parameter::Type::kWindow, 20.0, 1, kWindowMax},
                     {"k", Parameter::Type::kNumber, 2.0},
                     {"ddof", Parameter::Type::kInteger, 0.0, 0, 1}},
      .outputs = {"upper", "middle", "lower", "bandwidth", "percent_b"},
      .first_value = "n",
      .definition =
          "mean +- k standard deviations; (upper - lower) / middle; "
          "(x - lower) / (upper - lower)",
      .source = "TA-Lib BBANDS; Bollinger 2001",
      .check = check,
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
