#include <algorithm>
#include <cmath>

#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

/// high + low, low below the last bit of high: some 106 bits. A window at 5000 whose values are 0.2
/// apart needs them where its third moment nearly cancels.
struct Twofold {
  double high = 0;
  double low = 0;
};

/// Exact (Knuth).
Twofold sum(double a, double b) noexcept {
  const double high = a + b;
  const double part = high - a;
  return {high, (a - (high - part)) + (b - part)};
}

/// Exact (Dekker, Veltkamp): hardware with a fused multiply-add and without gives the same bits.
Twofold product(double a, double b) noexcept {
  constexpr double kSplit = 0x1p27 + 1;
  const double high = a * b;
  const double a_high = kSplit * a - (kSplit * a - a);
  const double b_high = kSplit * b - (kSplit * b - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  return {high, ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

Twofold operator+(Twofold a, Twofold b) noexcept {
  const Twofold high = sum(a.high, b.high);
  return sum(high.high, high.low + (a.low + b.low));
}

Twofold operator*(Twofold a, Twofold b) noexcept {
  const Twofold high = product(a.high, b.high);
  return sum(high.high, high.low + (a.high * b.low + a.low * b.high));
}

/// Calls `use` with each present value, newest first.
template <class Use>
void for_each_present(const Window& x, Use use) noexcept {
  for (std::uint32_t age = 0; age < x.slots(); ++age) {
    if (const double value = x.value(age); is_present(value)) use(value);
  }
}

/// A power of two that brings differences up to `widest` near 1, so that cubes neither overflow nor
/// vanish, and a series in other units has the same skewness.
double scale_for(double widest) noexcept {
  return std::ldexp(1.0, -std::clamp(std::ilogb(widest), -1000, 1000));
}

/// Requires: 3 present values or more. kMissing where all are equal.
double skewness(const Window& x) noexcept {
  double origin = kMissing;
  double widest = 0;
  for_each_present(x, [&](double value) {
    if (!is_present(origin)) origin = value;
    widest = std::max(widest, std::fabs(value - origin));
  });
  if (widest == 0) return kMissing;
  const double scale = scale_for(widest);
  const auto difference = [&](double value) { return sum(value * scale, -origin * scale); };
  Twofold total;
  for_each_present(x, [&](double value) { total = total + difference(value); });
  // n times the deviations from the mean: the mean itself would be rounded.
  const auto n = static_cast<double>(x.count());
  const Twofold minus_total{-total.high, -total.low};
  Twofold squares;
  Twofold cubes;
  for_each_present(x, [&](double value) {
    const Twofold deviation = difference(value) * Twofold{n, 0} + minus_total;
    const Twofold square = deviation * deviation;
    squares = squares + square;
    cubes = cubes + square * deviation;
  });
  const double spread = squares.high * std::sqrt(squares.high);
  return n * std::sqrt(n - 1) / (n - 2) * (cubes.high / spread);
}

Layout layout(Numbers numbers) { return {.windows = {{0, whole(numbers[0]), Order::kCount}}}; }

void update(Node node) noexcept {
  const Window x = node.window();
  node.output(node.ready() && x.count() >= 3 ? skewness(x) : kMissing);
}

}  // namespace

const Kind& ts_skew() {
  static const Kind kKind{
      .name = "ts_skew",
      .series = {{"x", "close"}},
      .parameters = {{"d", Parameter::Type::kWindow, std::nullopt, 3, kWindowMax}, kMinp},
      .first_value = "d",
      .definition =
          "sqrt(n(n-1)) / (n-2) * m3 / m2^1.5 of the window's n present values, m their central "
          "moments / n; missing where n < 3 or the window is flat; computed anew in O(d)",
      .source = "Fisher 1930; pandas",
      .layout = layout,
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
