// The two kinds that docs/operators.md shows as examples keep what the page says of every kind.

#include <gtest/gtest.h>

#include <cmath>

#include "factorwal/operators/missing.h"
#include "graph/instrument_graph.h"
#include "graph/plan_builder.h"
#include "language/function_table.h"
#include "operators/kind.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {

namespace operators {
const Kind& ts_cv();
const Kind& streak();
}  // namespace operators

namespace {

using Plan = std::shared_ptr<const graph::Plan>;

/// One call over `close`; its outputs are the factors.
Plan plan_of(const operators::Kind& kind, std::initializer_list<double> numbers) {
  auto call = operators::make_call(kind, {numbers.begin(), numbers.size()}).value();
  graph::PlanBuilder builder(TickSchema::make({"close"}).value());
  const graph::Slot close = builder.field({0});
  const auto first = builder.apply(std::move(call), {&close, 1}, "");
  for (std::size_t i = 0; i < kind.output_count(); ++i) {
    builder.add_factor("output" + std::to_string(i), first + static_cast<graph::Slot>(i));
  }
  return std::move(builder).build("").value();
}

std::vector<double> evaluate(graph::InstrumentGraph& graph, double close) {
  std::vector<double> outputs(graph.plan().factor_count());
  graph.evaluate({&close, 1}, outputs);
  return outputs;
}

/// Two passes over the window's own values.
double cv_of(std::span<const double> window, std::int64_t ddof) {
  long double sum = 0;
  for (const double x : window) sum += x;
  const auto count = static_cast<long double>(window.size());
  const long double mean = sum / count;
  long double squares = 0;
  for (const double x : window) squares += (x - mean) * (x - mean);
  const long double variance = squares / (count - static_cast<long double>(ddof));
  return static_cast<double>(std::sqrt(variance) / mean);
}

TEST(ExampleOperator, CvIsThatOfTheWindow) {
  graph::InstrumentGraph graph(plan_of(operators::ts_cv(), {20, 1, 5}));
  const auto series = test::nasty_series(3, 2000);
  std::size_t values = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double value = evaluate(graph, series[i])[0];
    std::vector<double> window;
    for (std::size_t at = i < 19 ? 0 : i - 19; at <= i; ++at) {
      if (is_present(series[at])) window.push_back(series[at]);
    }
    ASSERT_EQ(is_present(value), window.size() >= 5) << i;
    if (!is_present(value)) continue;
    ++values;
    const double expected = cv_of(window, 1);
    ASSERT_NEAR(value, expected, 1e-12 * std::fabs(expected) + 1e-15) << i;
  }
  EXPECT_GT(values, 1900U);
}

TEST(ExampleOperator, StreakCountsRisesAndFalls) {
  graph::InstrumentGraph graph(plan_of(operators::streak(), {}));
  struct Row {
    double close;
    double length;
    double move;
  };
  constexpr Row kRows[] = {
      {10, kMissing, kMissing},       {11, 1, 1},  {13, 2, 3}, {13, 0, 0}, {12, -1, -1},
      {kMissing, kMissing, kMissing}, {9, -2, -4}, {10, 1, 1}};
  for (const auto& row : kRows) {
    EXPECT_EQ(test::bits_of(evaluate(graph, row.close)), test::bits_of({row.length, row.move}))
        << row.close;
  }
}

TEST(ExampleOperator, SavedAndLoadedAtAnyTickChangesNoLaterBit) {
  const auto series = test::nasty_series(8, 150);
  for (const auto& plan :
       {plan_of(operators::ts_cv(), {9, 1, 3}), plan_of(operators::streak(), {})}) {
    graph::InstrumentGraph unbroken(plan);
    std::vector<std::vector<std::uint64_t>> expected;
    std::vector<std::vector<std::byte>> states(1);
    unbroken.save(states.back());
    for (const double close : series) {
      expected.push_back(test::bits_of(evaluate(unbroken, close)));
      unbroken.save(states.emplace_back());
    }
    for (std::size_t cut = 0; cut <= series.size(); ++cut) {
      graph::InstrumentGraph resumed(plan);
      ASSERT_TRUE(resumed.load(states[cut], cut));
      for (std::size_t i = cut; i < series.size(); ++i) {
        ASSERT_EQ(test::bits_of(evaluate(resumed, series[i])), expected[i]) << cut << " " << i;
      }
    }
  }
}

TEST(ExampleOperator, OfAWindowIsExactAgainWhenItsSlotsAreFullAndOfAStateNever) {
  graph::InstrumentGraph windowed(plan_of(operators::ts_cv(), {9, 1, 3}));
  graph::InstrumentGraph recursive(plan_of(operators::streak(), {}));
  for (auto* graph : {&windowed, &recursive}) graph->skip(1, 1);
  for (int i = 1; i <= 9; ++i) {
    EXPECT_EQ(windowed.quality(0), Quality::kHit) << i;
    (void)evaluate(windowed, 10 + i);
    (void)evaluate(recursive, 10 + i);
  }
  EXPECT_EQ(windowed.quality(0), Quality::kExact);
  EXPECT_EQ(recursive.quality(0), Quality::kHit);
}

TEST(ExampleOperator, IsDescribedByItsDeclaration) {
  const auto call = operators::make_call(operators::ts_cv(), std::vector<double>{20, 1, 0}).value();
  EXPECT_EQ(language::signature_of(operators::ts_cv()), "ts_cv(x, d, ddof=1, minp=d)");
  EXPECT_EQ(operators::identity_of(call), "ts_cv(d=20,ddof=1,minp=20)#1");
  EXPECT_EQ(operators::memory_of(call), 19U);
  const auto streak = operators::make_call(operators::streak(), {}).value();
  EXPECT_EQ(operators::identity_of(streak), "streak()#1");
  EXPECT_FALSE(operators::memory_of(streak).has_value());
  const auto refused = operators::make_call(operators::ts_cv(), std::vector<double>{1, 1, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "window must be 2 or more when ddof is 1");
}

}  // namespace
}  // namespace factorwal
