/// A host built and linked with -ffast-math gets the same bits as any other.
///
/// Failure: a missing total (NaN) made the rest of the day's increments NaN there. Cause: functions
/// defined in headers are compiled with the host's flags, under which nothing is NaN. Cure: their
/// arithmetic is in the library, and what stays in headers looks at bits.

#include <gtest/gtest.h>

#include <bit>
#include <cfloat>
#include <limits>

#include "factorwal/operators.h"
#include "factorwal/stream_factor_engine.h"
#include "graph/fast_math_host.h"

namespace factorwal {
namespace {

using test::fast_math_host::Bits;
using Limits = std::numeric_limits<double>;

constexpr std::uint64_t kMissingBits = 0x7ff8000000000000;
constexpr std::uint64_t kOtherNan = 0xfff4000000000001;

std::uint64_t bits(double number) { return std::bit_cast<std::uint64_t>(number); }

TEST(FastMathHost, TellsMissingNumbersFromOthers) {
  const std::uint64_t numbers[] = {bits(1.5),
                                   bits(-0.0),
                                   bits(5e-324),
                                   bits(-9e299),
                                   bits(1e300),
                                   bits(DBL_MAX),
                                   bits(Limits::infinity()),
                                   kMissingBits,
                                   kOtherNan};
  const auto same = [](double x) { return Bits{bits(x), bits(x), 1}; };
  Bits expected;
  for (const auto& part :
       {same(1.5), same(-0.0), same(5e-324), same(-9e299), Bits{kMissingBits, bits(1e300), 0},
        Bits{kMissingBits, bits(DBL_MAX), 0}, Bits{kMissingBits, kMissingBits, 0},
        Bits{kMissingBits, kMissingBits, 0}, Bits{kMissingBits, kMissingBits, 0}}) {
    expected.insert(expected.end(), part.begin(), part.end());
  }
  EXPECT_EQ(test::fast_math_host::judge_numbers(numbers), expected);
}

TEST(FastMathHost, AMissingTotalCostsOneIncrementOnly) {
  const std::uint64_t totals[] = {bits(100), bits(150), kMissingBits,
                                  bits(180), bits(20),  bits(200)};
  EXPECT_EQ(test::fast_math_host::convert_totals(totals),
            (Bits{kMissingBits, kMissingBits, bits(50), bits(50), kMissingBits, kMissingBits,
                  bits(30), bits(30), bits(0), bits(0), bits(20), bits(20)}));
}

TEST(FastMathHost, CtpsNoPriceIsMissing) {
  const auto values = test::fast_math_host::convert_depth(bits(DBL_MAX));
  Bits expected(24, kMissingBits);
  for (std::size_t level = 0; level < 5; ++level) {
    expected[4 + 4 * level + 1] = bits(0);  // volumes stay
    expected[4 + 4 * level + 3] = bits(0);
  }
  EXPECT_EQ(values, expected);
}

TEST(FastMathHost, SubnormalNumbersAreKeptInTextAndTicks) {
  const std::uint64_t ticks[] = {bits(DBL_MIN), bits(4)};
  const auto values = test::fast_math_host::compute(
      "factor half = x / 2\nfactor tiny = x * 1e-310\nfactor folded = x * (1e-300 * 1e-20)\n",
      ticks);
  ASSERT_EQ(values.size(), 10U);
  EXPECT_EQ(values[0], 0x0008000000000000U);
  EXPECT_EQ(values[5 + 1], bits(4 * 1e-310));
  EXPECT_EQ(values[5 + 2], bits(4 * (1e-300 * 1e-20)));
}

TEST(FastMathHost, WindowsForgetMissingTicks) {
  const std::uint64_t ticks[] = {bits(1), bits(2), kOtherNan, bits(3), bits(5), bits(6)};
  const auto values = test::fast_math_host::compute("factor m = ts_mean(x, 2)\n", ticks);
  ASSERT_EQ(values.size(), 18U);
  for (const std::size_t tick : {0U, 2U, 3U}) EXPECT_EQ(values[3 * tick], kMissingBits) << tick;
  EXPECT_EQ(values[3 * 1], bits(1.5));
  EXPECT_EQ(values[3 * 4], bits(4));
  EXPECT_EQ(values[3 * 5], bits(5.5));
  StreamFactorEngine engine(TickSchema::make({"x"}).value());
  const std::string input[] = {"x"};
  ASSERT_TRUE(engine.register_factor("std", std::make_unique<RollingStd>(3), input));
  for (std::size_t tick = 0; tick < 6; ++tick) {
    const auto x = std::bit_cast<double>(ticks[tick]);
    EXPECT_EQ(values[3 * tick + 2], bits(engine.process_tick({{}, 0, {&x, 1}})[0])) << tick;
  }
}

}  // namespace
}  // namespace factorwal
