#include <gtest/gtest.h>

#include <cfenv>

#include "base/floating_point_guard.h"
#include "factorwal/operators.h"
#include "factorwal/stream_factor_engine.h"
#include "graph/instrument_graph.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

TEST(FloatingPointGuard, AHostsRoundingModeChangesNoBit) {
  const FactorSet set = FactorSet::default_set(TickSchema::make({"close"}).value()).value();
  graph::InstrumentGraph plain(set.plan());
  graph::InstrumentGraph disturbed(set.plan());
  StreamFactorEngine engine(set.schema());
  StreamFactorEngine disturbed_engine(set.schema());
  for (StreamFactorEngine* each : {&engine, &disturbed_engine}) {
    ASSERT_TRUE(each->register_factor("ema", std::make_unique<EMA>(7)));
  }
  const std::vector<double> series = test::nasty_series(4, 300);
  std::vector<double> expected(set.size());
  std::vector<double> got(set.size());
  for (const double x : series) {
    plain.evaluate({&x, 1}, expected);
    const double expected_ema = engine.process_tick({{}, 0, {&x, 1}})[0];
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    disturbed.evaluate({&x, 1}, got);
    const double got_ema = disturbed_engine.process_tick({{}, 0, {&x, 1}})[0];
    const int mode = std::fegetround();
    ASSERT_EQ(std::fesetround(FE_TONEAREST), 0);
    ASSERT_EQ(mode, FE_UPWARD) << "the host's mode must come back";
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(test::bits(got[i]), test::bits(expected[i])) << set.names()[i];
    }
    ASSERT_EQ(test::bits(got_ema), test::bits(expected_ema));
  }
}

#if defined(__x86_64__)
TEST(FloatingPointGuard, SubnormalNumbersAreKept) {
  const FactorSet set =
      FactorSet::parse("factor half = x / 2", TickSchema::make({"x"}).value()).value();
  graph::InstrumentGraph graph(set.plan());
  const double smallest_normal = std::numeric_limits<double>::min();
  double half = 0;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  graph.evaluate({&smallest_normal, 1}, {&half, 1});
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & 0x8040, 0x8040u) << "the host's bits must come back";
  EXPECT_EQ(test::bits(half), 0x0008000000000000u);
}
#endif

}  // namespace
}  // namespace factorwal
