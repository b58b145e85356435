/// When a kernel may answer: `ready` and `pair_ready` of a kind with windows, a pair, or both.

#include <gtest/gtest.h>

#include "graph/instrument_graph.h"
#include "graph/plan_builder.h"
#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

Layout pair_beside_a_window(Numbers numbers) {
  return {.windows = {{0, 5, Order::kSum}}, .pair_slots = whole(numbers[0])};
}
Layout pair_alone(Numbers numbers) { return {.pair_slots = whole(numbers[0])}; }

void ask_the_pair(Node node) noexcept { node.output(node.pair_ready() ? 1 : kMissing); }
void ask(Node node) noexcept { node.output(node.ready() ? 1 : kMissing); }

/// The tick, from 1, at which a call of close and volume has its first value.
std::size_t first_value(const Kind& kind, std::vector<double> numbers) {
  graph::PlanBuilder builder(TickSchema::make({"close", "volume"}).value());
  const graph::Slot inputs[] = {builder.field({0}), builder.field({1})};
  builder.add_factor("a", builder.apply(make_call(kind, numbers).value(), inputs, ""));
  graph::InstrumentGraph graph(std::move(builder).build("").value());
  for (std::size_t tick = 1; tick < 100; ++tick) {
    const double fields[] = {static_cast<double>(tick % 7), static_cast<double>(tick % 5)};
    double value = kMissing;
    graph.evaluate(fields, {&value, 1});
    if (is_present(value)) return tick;
  }
  return 0;
}

Kind kind(std::string_view name, std::vector<Parameter> parameters, Layout (*layout)(Numbers),
          Kernels kernel) {
  return {.name = name,
          .series = {{"x", "close"}, {"y", "volume"}},
          .parameters = std::move(parameters),
          .layout = layout,
          .kernel = kernel};
}

// Failure: a pair of 20 beside a window of 5 was ready with the window.
TEST(Readiness, OfAPairIsItsOwnWhateverWindowsThereAre) {
  const auto both = kind("both", {kWindowD}, pair_beside_a_window, kernel_of<ask_the_pair>);
  EXPECT_EQ(first_value(both, {20}), 20u);
  const auto window = kind("window", {kWindowD}, pair_beside_a_window, kernel_of<ask>);
  EXPECT_EQ(first_value(window, {20}), 5u);
  const auto fewer = kind("fewer", {kWindowD, kMinp}, pair_alone, kernel_of<ask_the_pair>);
  EXPECT_EQ(first_value(fewer, {20, 7}), 7u);
}

// Failure: it was never ready.
TEST(Readiness, OfAKindWithoutWindowsIsThatOfItsPair) {
  const auto pair = kind("pair", {kWindowD, kMinp}, pair_alone, kernel_of<ask>);
  EXPECT_EQ(first_value(pair, {20, 0}), 20u);
  EXPECT_EQ(first_value(pair, {20, 7}), 7u);
}

}  // namespace
}  // namespace factorwal::operators
