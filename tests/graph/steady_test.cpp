/// An instrument that has missed nothing for long runs its steps without some questions: with the
/// bits of one that asks them at every tick.

#include <gtest/gtest.h>

#include "graph/instrument_graph.h"
#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

using graph::InstrumentGraph;

const std::vector<std::string> kFields = {"x", "y", "z"};
constexpr std::size_t kLength = 700;
constexpr std::size_t kStretch = 170;  // without a missing value, longer than any warm-up here

/// All calls of a kind, and all their outputs.
std::string all_calls_of(const operators::Kind& kind) {
  std::string text;
  for (const auto& call : test::calls_of(kind)) {
    std::string names;
    for (std::size_t i = 0; i < kind.output_count(); ++i) {
      names.append(i == 0 ? "" : ", ").append("f").append(std::to_string(text.size() + i));
    }
    if (kind.output_count() > 1) names = "(" + names + ")";
    text += "factor " + names + " = " + test::text_of(call, kFields) + "\n";
  }
  return text;
}

struct Twin {
  explicit Twin(const std::string& text)
      : set(FactorSet::parse(text, TickSchema::make({"x", "y", "z", "absent"}).value()).value()),
        graph(std::make_unique<InstrumentGraph>(set.plan())) {}

  std::vector<std::uint64_t> evaluate(std::span<const double> row) {
    std::vector<double> outputs(set.size());
    graph->evaluate(row, outputs);
    std::vector<std::uint64_t> bits;
    for (const double output : outputs) bits.push_back(test::bits(output));
    return bits;
  }
  void save_and_load(std::uint64_t tick_count) {
    std::vector<std::byte> bytes;
    graph->save(bytes);
    graph = std::make_unique<InstrumentGraph>(set.plan());
    ASSERT_TRUE(graph->load(bytes, tick_count, tick_count));
  }
  FactorSet set;
  std::unique_ptr<InstrumentGraph> graph;
};

/// Missing values at the ends of stretches; the last field is never there.
std::vector<std::vector<double>> rows_of(const test::SeriesKind& kind, test::Random& random) {
  std::vector<test::Values> columns(kFields.size());
  std::vector<std::vector<double>> rows;
  for (std::size_t tick = 0; tick < kLength; ++tick) {
    std::vector<double> row;
    for (auto& column : columns) {
      column.push_back(kind.next(random, column));
      row.push_back(column.back());
    }
    if (tick % kStretch == kStretch - 1) row[random.below(row.size())] = kMissing;
    row.push_back(kMissing);
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Steady, EveryKindHasTheBitsThatItHasWhereAFieldIsAlwaysMissing) {
  test::Random random(20261129);
  for (const auto* kind : operators::kinds()) {
    const auto text = all_calls_of(*kind);
    for (const auto& series : test::kSeriesKinds) {
      SCOPED_TRACE(std::string(kind->name) + " of " + series.name);
      Twin steady(text);
      Twin never(text + "factor nothing = absent\n");
      ASSERT_LT(steady.graph->plan().steady_after(), kStretch - 50);
      const auto rows = rows_of(series, random);
      for (std::size_t tick = 0; tick < kLength; ++tick) {
        const auto bits = steady.evaluate(rows[tick]);
        auto expected = never.evaluate(rows[tick]);
        expected.pop_back();
        ASSERT_EQ(bits, expected) << "tick " << tick;
        if (tick == kLength / 2) steady.save_and_load(tick + 1);
      }
    }
  }
}

TEST(Steady, AverageThatWasLoadedUnfinishedIsFinishedFirst) {
  Twin twin("factor e = ema(x, 60)\n");
  Twin whole("factor e = ema(x, 60)\n");
  test::Random random(7);
  for (std::uint64_t tick = 1; tick <= 200; ++tick) {
    const double row[] = {tick < 90 ? kMissing : random.unit(), 0, 0, 0};
    ASSERT_EQ(twin.evaluate(row), whole.evaluate(row)) << tick;
    if (tick == 100) twin.save_and_load(tick);
  }
}

TEST(Steady, WhatReadsComputedValuesAsksWhetherTheyAreThere) {
  // A correlation with a flat series is missing at any tick, whatever the fields are.
  Twin twin("factor m = ts_mean(ts_corr(x, y, 5), 3, 1)\nfactor e = ema(ts_corr(x, y, 5), 3)\n");
  for (int tick = 0; tick < 100; ++tick) {
    const double row[] = {static_cast<double>(tick % 7), tick < 60 ? 1.0 * (tick % 3) : 4.0, 0, 0};
    const auto bits = twin.evaluate(row);
    if (tick > 70) {
      EXPECT_EQ(bits, (std::vector<std::uint64_t>(2, test::bits(kMissing)))) << tick;
    }
  }
}

}  // namespace
}  // namespace factorwal
