#include <gtest/gtest.h>

#include <cfenv>

#include "base/floating_point_guard.h"
#include "factorwal/engine.h"
#include "factorwal/operators.h"
#include "factorwal/stream_factor_engine.h"
#include "graph/instrument_graph.h"
#include "support/run_operator.h"
#include "support/series.h"
#include "support/temp_dir.h"

namespace factorwal {
namespace {

using test::TempDir;

TEST(FloatingPointGuard, AHostsRoundingModeChangesNoBit) {
  const FactorSet set = FactorSet::default_set(TickSchema::make({"close"}).value()).value();
  const TempDir dir;
  const auto plain = Engine::open(dir / "plain", set).value();
  const auto disturbed = Engine::open(dir / "disturbed", set).value();
  const auto plain_instrument = plain->instrument("I").value();
  const auto disturbed_instrument = disturbed->instrument("I").value();
  StreamFactorEngine engine(set.schema());
  StreamFactorEngine disturbed_engine(set.schema());
  for (StreamFactorEngine* each : {&engine, &disturbed_engine}) {
    ASSERT_TRUE(each->register_factor("ema", std::make_unique<EMA>(7)));
  }
  const std::vector<double> series = test::nasty_series(4, 300);
  for (const double x : series) {
    const auto expected = plain->process_tick({plain_instrument, 1, {&x, 1}}).values;
    const double expected_ema = engine.process_tick({{}, 0, {&x, 1}})[0];
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    const auto got = disturbed->process_tick({disturbed_instrument, 1, {&x, 1}}).values;
    const double got_ema = disturbed_engine.process_tick({{}, 0, {&x, 1}})[0];
    const int mode = std::fegetround();
    ASSERT_EQ(std::fesetround(FE_TONEAREST), 0);
    ASSERT_EQ(mode, FE_UPWARD) << "the host's mode must come back";
    ASSERT_EQ(got.size(), set.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(test::bits(got[i]), test::bits(expected[i])) << set.names()[i];
    }
    ASSERT_EQ(test::bits(got_ema), test::bits(expected_ema));
  }
}

// Failure: smoothing constants and folded numbers were rounded as the host had set it.
TEST(FloatingPointGuard, ASetThatIsMadeUnderAnotherRoundingModeIsTheSame) {
  const auto schema = TickSchema::make({"x"}).value();
  const std::string text = "factor a = ema(x, 6)\nfactor b = x * (1 / 3)\nfactor c = x * 0.1\n";
  const auto plain_set = FactorSet::parse(text, schema).value();
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  const auto other_set = FactorSet::parse(text, schema).value();
  graph::InstrumentGraph other(other_set.plan());  // makes its operators
  ASSERT_EQ(std::fesetround(FE_TONEAREST), 0);
  graph::InstrumentGraph plain(plain_set.plan());
  std::vector<double> expected(3);
  std::vector<double> got(3);
  for (const double x : {1.0, 3.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0}) {
    plain.evaluate({&x, 1}, expected);
    other.evaluate({&x, 1}, got);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(test::bits(got[i]), test::bits(expected[i])) << i;
  }
}

#if defined(__x86_64__)
TEST(FloatingPointGuard, SubnormalNumbersAreKept) {
  const FactorSet set =
      FactorSet::parse("factor half = x / 2", TickSchema::make({"x"}).value()).value();
  const TempDir dir;
  const auto engine = Engine::open(dir / "data", set).value();
  const auto instrument = engine->instrument("I").value();
  const double smallest_normal = std::numeric_limits<double>::min();
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  const double half = engine->process_tick({instrument, 1, {&smallest_normal, 1}}).values[0];
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & 0x8040, 0x8040u) << "the host's bits must come back";
  EXPECT_EQ(test::bits(half), 0x0008000000000000u);
}
#endif

}  // namespace
}  // namespace factorwal
