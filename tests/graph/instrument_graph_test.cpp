#include "graph/instrument_graph.h"

#include <gtest/gtest.h>

#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

using graph::InstrumentGraph;

FactorSet parsed(std::string_view text, const TickSchema& schema = TickSchema::quotes()) {
  auto set = FactorSet::parse(text, schema);
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return std::move(set).value();
}

/// Row `at` of a nasty series per field.
class Ticks {
 public:
  explicit Ticks(const TickSchema& schema, std::size_t length = 400) : row_(schema.size()) {
    for (std::size_t i = 0; i < schema.size(); ++i) {
      columns_.push_back(test::nasty_series(100 + i, length));
    }
  }
  std::span<const double> row(std::size_t at) {
    for (std::size_t i = 0; i < columns_.size(); ++i) row_[i] = columns_[i][at];
    return row_;
  }

 private:
  std::vector<std::vector<double>> columns_;
  std::vector<double> row_;
};

std::vector<std::uint64_t> evaluated(InstrumentGraph& graph, std::span<const double> row) {
  std::vector<double> outputs(graph.plan().factor_count());
  graph.evaluate(row, outputs);
  std::vector<std::uint64_t> bits;
  for (const double value : outputs) bits.push_back(test::bits(value));
  return bits;
}

std::vector<std::byte> saved(InstrumentGraph& graph) {
  std::vector<std::byte> bytes;
  graph.save(bytes);
  return bytes;
}

TEST(InstrumentGraph, ElementwiseResultsThatAreNotFiniteAreMissing) {
  const TickSchema schema = TickSchema::make({"x", "y"}).value();
  const FactorSet set = parsed(
      "factor sum = x + y\nfactor ratio = x / y\nfactor product = x * y * y\n"
      "factor negated = -x\nfactor nothing = nan\nfactor folded = 1 / 0\nfactor plain = x\n"
      "factor half = 3 / (2 * 3)\n",
      schema);
  InstrumentGraph graph(set.plan());
  std::vector<double> out(set.size());
  const double plain[] = {6, 3};
  graph.evaluate(plain, out);
  EXPECT_EQ(out[0], 9);
  EXPECT_EQ(out[1], 2);
  EXPECT_EQ(out[2], 54);
  EXPECT_EQ(out[3], -6);
  EXPECT_EQ(test::bits(out[4]), test::kMissingBits);
  EXPECT_EQ(test::bits(out[5]), test::kMissingBits);
  EXPECT_EQ(out[6], 6);
  EXPECT_EQ(out[7], 0.5);
  const double zero[] = {0, 0};
  graph.evaluate(zero, out);
  EXPECT_EQ(test::bits(out[1]), test::kMissingBits);
  const double huge[] = {1e299, 1e299};
  graph.evaluate(huge, out);
  EXPECT_EQ(test::bits(out[2]), test::kMissingBits);
  const double beyond[] = {1e300, -std::numeric_limits<double>::infinity()};
  graph.evaluate(beyond, out);
  for (const std::size_t i : {0u, 1u, 2u, 3u, 6u}) {
    EXPECT_EQ(test::bits(out[i]), test::kMissingBits) << i;
  }
}

TEST(InstrumentGraph, SavedAndLoadedAtAnyTickChangesNoLaterBit) {
  const FactorSet set = FactorSet::default_set(TickSchema::quotes()).value();
  Ticks ticks(set.schema(), 200);
  InstrumentGraph unbroken(set.plan());
  std::vector<std::vector<std::uint64_t>> expected;
  std::vector<std::vector<std::byte>> states = {saved(unbroken)};
  for (std::size_t i = 0; i < 200; ++i) {
    expected.push_back(evaluated(unbroken, ticks.row(i)));
    states.push_back(saved(unbroken));
  }
  for (std::size_t cut = 0; cut <= 200; cut += 7) {
    InstrumentGraph resumed(set.plan());
    const auto report = resumed.load(states[cut]);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->cold, 0u);
    EXPECT_EQ(report->unused, 0u);
    EXPECT_GT(report->loaded, 10u);
    for (std::size_t i = cut; i < 200; ++i) {
      ASSERT_EQ(evaluated(resumed, ticks.row(i)), expected[i]) << "cut " << cut << " tick " << i;
    }
    EXPECT_EQ(saved(resumed), states.back());
  }
}

TEST(InstrumentGraph, AFactorsBitsDoNotDependOnWhatElseIsRegistered) {
  const FactorSet all = FactorSet::default_set(TickSchema::quotes()).value();
  InstrumentGraph together(all.plan());
  std::vector<std::vector<std::uint64_t>> expected;
  Ticks ticks(all.schema());
  for (std::size_t i = 0; i < 400; ++i) expected.push_back(evaluated(together, ticks.row(i)));
  const std::string text = all.canonical_text();
  std::size_t first_factor = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const FactorSet alone = parsed(std::string_view(text).substr(at, end - at));
    InstrumentGraph graph(alone.plan());
    for (std::size_t i = 0; i < 400; ++i) {
      const auto bits = evaluated(graph, ticks.row(i));
      for (std::size_t k = 0; k < bits.size(); ++k) {
        ASSERT_EQ(bits[k], expected[i][first_factor + k]) << alone.names()[k] << " tick " << i;
      }
    }
    first_factor += alone.size();
    at = end + 1;
  }
  EXPECT_EQ(first_factor, all.size());
}

TEST(InstrumentGraph, EditingOneFactorKeepsTheStateOfTheOthers) {
  const FactorSet before = parsed("factor a = ts_mean(close, 5)\nfactor b = ema(bid, 12)\n");
  const FactorSet after =
      parsed("factor x = ema(bid, 12)\nfactor y = ts_mean(close, 6)\nfactor z = rsi(ask, 3)\n");
  Ticks ticks(before.schema());
  InstrumentGraph old_graph(before.plan());
  for (std::size_t i = 0; i < 50; ++i) (void)evaluated(old_graph, ticks.row(i));
  InstrumentGraph new_graph(after.plan());
  const auto report = new_graph.load(saved(old_graph));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->loaded, 1u);
  EXPECT_EQ(report->cold, 2u);
  EXPECT_EQ(report->unused, 1u);
  EXPECT_EQ(evaluated(new_graph, ticks.row(50))[0], evaluated(old_graph, ticks.row(50))[1]);
}

TEST(InstrumentGraph, MalformedStateIsCorruption) {
  const FactorSet set = parsed("factor a = ts_mean(close, 5)\nfactor b = ema(bid, 12)\n");
  InstrumentGraph graph(set.plan());
  const auto good = saved(graph);
  const auto expect_refused = [&](std::span<const std::byte> bytes) {
    InstrumentGraph victim(set.plan());
    const auto report = victim.load(bytes);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::kCorruption);
  };
  const std::size_t first_record = 20 + 160;  // of ts_mean(close, 5)
  for (std::size_t length = 1; length < good.size(); ++length) {
    if (length != first_record) expect_refused(std::span(good).first(length));
  }
  auto twice = good;
  twice.insert(twice.end(), good.begin(), good.end());
  expect_refused(twice);
  InstrumentGraph empty(set.plan());
  EXPECT_EQ(empty.load({})->cold, 2u);
}

TEST(StateIdentity, OfAnExpressionNeverChanges) {
  // State on disk is found by these. A change here orphans the state of every user.
  const std::string graph =
      parsed("factor a = ts_mean(close, 5)\nfactor b = ts_std(log_return(close, 1), 20)\n")
          .describe_graph();
  EXPECT_NE(graph.find("state fb58b2a2b937e542b0a2af1e229994e4 160 bytes"), std::string::npos)
      << graph;
  EXPECT_NE(graph.find("state f54a26868a828f5c65615f71e7ba845c 636 bytes"), std::string::npos)
      << graph;
}

}  // namespace
}  // namespace factorwal
