// A windowed value is a function of its window's contents alone, to the last bit: whatever came
// before them, whoever else asks, and whether the state was saved and loaded in between.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "factorwal/operators.h"
#include "graph/instrument_graph.h"
#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series_kinds.h"

namespace factorwal {
namespace {

using graph::InstrumentGraph;
using test::Values;

using Bits = std::vector<std::uint64_t>;

constexpr std::size_t kLongest = 65;  // slots that the factors below depend on

/// Windows short and long, beside those of `every_window`.
constexpr std::string_view kFactors = R"(
factor mean_1 = ts_mean(x, 1)
factor mean_3 = ts_mean(x, 3)
factor mean_20 = ts_mean(x, 20, minp=1)
factor mean_64 = ts_mean(x, 64, minp=30)
factor sum_2 = ts_sum(x, 2)
factor sum_20 = ts_sum(x, 20, minp=1)
factor sum_64 = ts_sum(x, 64, minp=1)
factor std_2 = ts_std(x, 2)
factor std_20 = ts_std(x, 20, ddof=0, minp=1)
factor std_64 = ts_std(x, 64, ddof=1, minp=5)
factor corr_3 = ts_corr(x, y, 3)
factor corr_20 = ts_corr(x, y, 20, minp=2)
factor corr_64 = ts_corr(x, y, 64, minp=1)
factor least_2 = ts_min(x, 2, minp=1)
factor least_20 = ts_min(x, 20, minp=1)
factor least_64 = ts_min(x, 64, minp=10)
factor most_3 = ts_max(x, 3)
factor most_20 = ts_max(x, 20, minp=1)
factor most_64 = ts_max(x, 64, minp=10)
factor delay_1 = delay(x, 1)
factor delay_64 = delay(x, 64)
factor delta_1 = delta(x, 1)
factor delta_64 = delta(x, 64)
factor return_1 = log_return(x, 1)
factor return_64 = log_return(x, 64)
factor (upper, middle, lower, bandwidth, percent_b) = bbands(x, 20, 2)
)";

/// Every kind in the list that looks at windows alone.
std::string every_window() {
  std::string text;
  std::size_t number = 0;
  for (const auto* kind : operators::kinds()) {
    auto calls = test::calls_of(*kind);
    calls.resize(std::min<std::size_t>(calls.size(), 2));  // the usual window, and one change
    for (const auto& call : calls) {
      if (!operators::memory_of(call)) continue;
      EXPECT_LT(*operators::memory_of(call), kLongest) << kind->name;
      std::string names;
      for (std::size_t i = 0; i < kind->output_count(); ++i) {
        names.append(i == 0 ? "" : ", ").append("every_").append(std::to_string(number++));
      }
      text.append("factor (").append(names).append(") = ");
      text.append(test::text_of(call, {"x", "y"})).append("\n");
    }
  }
  return text;
}

const std::string& plain_text() {
  static const std::string kText = std::string(kFactors) + every_window();
  return kText;
}

/// Longer and other windows on the same series: other grids, other tiers.
constexpr std::string_view kNeighbours = R"(
factor beside_mean = ts_mean(x, 333, minp=1)
factor beside_std = ts_std(x, 5, minp=2)
factor beside_corr = ts_corr(x, y, 150, minp=2)
factor beside_turned = ts_corr(y, x, 30, minp=2)
factor beside_itself = ts_corr(x, x, 30, minp=2)
factor beside_most = ts_max(x, 200, minp=1)
factor beside_sum = ts_sum(y, 100, minp=1)
factor beside_delay = delay(y, 80)
)";

FactorSet parsed(const std::string& text) {
  auto set = FactorSet::parse(text, TickSchema::make({"x", "y"}).value());
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return std::move(set).value();
}

struct Ticks {
  Values x;
  Values y;
  [[nodiscard]] std::size_t size() const { return x.size(); }
};

Ticks make_ticks(std::size_t kind, std::uint64_t seed, std::size_t count, bool gaps) {
  const auto other = (kind * 5 + 3) % std::size(test::kSeriesKinds);
  Ticks ticks{test::make_series(test::kSeriesKinds[kind], seed, count),
              test::make_series(test::kSeriesKinds[other], seed + 1, count)};
  if (!gaps) return ticks;
  test::add_gaps(ticks.x, seed + 2);
  test::add_gaps(ticks.y, seed + 3);
  return ticks;
}

/// A set of factors on one instrument.
class Runner {
 public:
  explicit Runner(const std::string& text) : set_(parsed(text)) { make(); }

  Bits tick(const Ticks& ticks, std::size_t i) {
    const double row[] = {ticks.x[i], ticks.y[i]};
    Values outputs(set_.size());
    graph_->evaluate(row, outputs);
    Bits bits;
    for (const double value : outputs) bits.push_back(test::bits(value));
    bits.resize(parsed_factor_count());
    ++tick_count_;
    return bits;
  }
  void run(const Ticks& ticks) {
    for (std::size_t i = 0; i < ticks.size(); ++i) static_cast<void>(tick(ticks, i));
  }
  /// Goes on with another graph that has loaded what this one saved.
  void save_and_load() { load_from(*this); }
  void load_from(const Runner& other) {
    std::vector<std::byte> bytes;
    other.graph_->save(bytes);
    tick_count_ = other.tick_count_;
    make();
    ASSERT_TRUE(graph_->load(bytes, tick_count_));
  }
  [[nodiscard]] std::string name(std::size_t factor) const {
    return graph_->plan().factor_names()[factor];
  }

 private:
  static std::size_t parsed_factor_count() {
    static const std::size_t kCount = parsed(plain_text()).size();
    return kCount;
  }
  void make() { graph_ = std::make_unique<InstrumentGraph>(set_.plan()); }
  FactorSet set_;
  std::unique_ptr<InstrumentGraph> graph_;
  std::uint64_t tick_count_ = 0;
};

void expect_same(const Runner& runner, const Bits& got, const Bits& expected) {
  for (std::size_t factor = 0; factor < expected.size(); ++factor) {
    ASSERT_EQ(got[factor], expected[factor])
        << runner.name(factor) << " is " << std::bit_cast<double>(got[factor]) << ", not "
        << std::bit_cast<double>(expected[factor]);
  }
}

const std::string& text_with_neighbours() {
  static const std::string kText = plain_text() + std::string(kNeighbours);
  return kText;
}

std::vector<Bits> answers(const Ticks& ticks) {
  Runner runner(plain_text());
  std::vector<Bits> answers;
  for (std::size_t i = 0; i < ticks.size(); ++i) answers.push_back(runner.tick(ticks, i));
  return answers;
}

/// Compares from the tick at which every window holds `ticks` alone.
void expect_answers(Runner& runner, const Ticks& ticks, const std::vector<Bits>& expected,
                    std::size_t save_every = 0) {
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "tick " << i);
    const Bits got = runner.tick(ticks, i);
    if (i + 1 >= kLongest) {
      ASSERT_NO_FATAL_FAILURE(expect_same(runner, got, expected[i]));
    }
    if (save_every != 0 && i % save_every == save_every - 1) {
      ASSERT_NO_FATAL_FAILURE(runner.save_and_load());
    }
  }
}

/// Kinds of what came before, for contents of a kind: spikes, and some that differ from case to
/// case.
std::vector<std::size_t> histories_of(std::size_t kind) {
  constexpr auto kCount = std::size(test::kSeriesKinds);
  return {6, kind, (kind + 3) % kCount, (kind + 8) % kCount, (kind + 13) % kCount};
}

/// Index of the kind in kSeriesKinds.
class WindowContents : public testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] Ticks contents(bool gaps) const {
    return make_ticks(GetParam(), 1000 + GetParam(), 260, gaps);
  }
};

TEST_P(WindowContents, DecideWhateverCameBefore) {
  for (const bool gaps : {false, true}) {
    const Ticks ticks = contents(gaps);
    const auto expected = answers(ticks);
    for (const auto history : histories_of(GetParam())) {
      SCOPED_TRACE(test::kSeriesKinds[history].name);
      Runner runner(plain_text());
      runner.run(make_ticks(history, 70 + history, 1 + history * 13, history % 3 == 0));
      ASSERT_NO_FATAL_FAILURE(expect_answers(runner, ticks, expected));
    }
  }
}

TEST_P(WindowContents, DecideAfterARunWithoutValues) {
  const Ticks ticks = contents(true);
  const auto expected = answers(ticks);
  for (const std::size_t length : {1u, 64u, 65u, 200u, 1000u}) {
    Runner runner(plain_text());
    runner.run({Values(length, test::kNone), Values(length, test::kNone)});
    for (std::size_t i = 0; i < ticks.size(); ++i) {  // from the first tick on
      ASSERT_NO_FATAL_FAILURE(expect_same(runner, runner.tick(ticks, i), expected[i])) << i;
    }
  }
}

TEST_P(WindowContents, DecideWhoeverElseAsks) {
  for (const bool gaps : {false, true}) {
    const Ticks ticks = contents(gaps);
    const auto expected = answers(ticks);
    Runner fresh(text_with_neighbours());
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      ASSERT_NO_FATAL_FAILURE(expect_same(fresh, fresh.tick(ticks, i), expected[i])) << i;
    }
    for (const auto history : histories_of(GetParam())) {
      SCOPED_TRACE(test::kSeriesKinds[history].name);
      Runner runner(text_with_neighbours());
      runner.run(make_ticks(history, 90 + history, 1 + history * 11, history % 2 == 0));
      ASSERT_NO_FATAL_FAILURE(expect_answers(runner, ticks, expected));
    }
  }
}

TEST_P(WindowContents, DecideAcrossSavesAndLoads) {
  const Ticks ticks = contents(true);
  const auto expected = answers(ticks);
  for (const std::size_t every : {1u, 2u, 7u, 70u}) {
    for (const auto* text : {&plain_text(), &text_with_neighbours()}) {
      Runner runner(*text);
      ASSERT_NO_FATAL_FAILURE(expect_answers(runner, ticks, expected, every));
    }
    Runner spiked(plain_text());
    spiked.run(make_ticks(6, 5, 100, false));
    ASSERT_NO_FATAL_FAILURE(expect_answers(spiked, ticks, expected, every));
  }
}

// States are taken over by identity: by a set with fewer and with more windows than saved them.
TEST_P(WindowContents, DecideWhenAnotherSetLoadsTheState) {
  const Ticks ticks = contents(true);
  const auto expected = answers(ticks);
  Runner plain(plain_text());
  Runner rich(text_with_neighbours());
  rich.run(make_ticks(6, 5, 100, false));
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "tick " << i);
    const bool plain_turn = i / 40 % 2 != 0;
    if (i % 40 == 0 && i > 0) {
      ASSERT_NO_FATAL_FAILURE(plain_turn ? plain.load_from(rich) : rich.load_from(plain));
    }
    Runner& runner = plain_turn ? plain : rich;
    const Bits got = runner.tick(ticks, i);
    if (i + 1 >= kLongest) {
      ASSERT_NO_FATAL_FAILURE(expect_same(runner, got, expected[i]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, WindowContents,
                         testing::Range(std::size_t{0}, std::size(test::kSeriesKinds)),
                         [](const auto& test) { return test::kSeriesKinds[test.param].name; });

/// The last answers of a mean, a sum and a deviation.
struct Answers {
  double mean = 0;
  double total = 0;
  double deviation = 0;
};

Answers last_answers(std::int64_t window, const Values& values) {
  RollingMean mean(window, 1);
  RollingSum total(window, 1);
  RollingStd deviation(window, 0, 1);
  Answers last;
  for (const double x : values) {
    mean.update({&x, 1}, {&last.mean, 1});
    total.update({&x, 1}, {&last.total, 1});
    deviation.update({&x, 1}, {&last.deviation, 1});
  }
  return last;
}

// Next to multiples of 2^900, a value of 2^-300 once scaled to 0 and passed for it. Its grid had no
// place for it; values are compared in their own units now.
TEST(WindowContents, AreNotLostNextToHugeValues) {
  const Answers got = last_answers(3, {0x1p901, -0x1p901, 0x1p900, 0x1p-300, 0x3p-300, 0x5p-300});
  EXPECT_EQ(got.mean, 0x3p-300);
  EXPECT_EQ(got.total, 0x9p-300);
  EXPECT_EQ(got.deviation, std::sqrt(8.0 / 3) * 0x1p-300);
}

// 20 values whose mean is just above -2^49, which the narrow tier once rounded to another double
// than the wide one, where the grid's unit is 1/8.
TEST(WindowContents, HaveOneMeanInEveryTier) {
  for (const double apart : {1.0, 2.0, 4.0, 8.0, 9.0}) {
    Values values(20, -0x1p49);
    values[3] -= 0x1p48;
    values[5] += apart;
    values.back() += 0x1p48;
    Values after_spike{0x1p80, 0x1p-20};
    after_spike.insert(after_spike.end(), values.begin(), values.end());
    const double mean = last_answers(20, values).mean;
    EXPECT_EQ(mean, std::fma(apart, 0.05, -0x1p49)) << apart;
    EXPECT_EQ(last_answers(20, after_spike).mean, mean) << apart;
  }
}

}  // namespace
}  // namespace factorwal
