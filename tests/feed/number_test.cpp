#include "feed/number.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "feed/generator/tick_generator_market.h"

namespace factorwal::feed {
namespace {

double parsed(std::string_view cell) {
  double value = -77;
  EXPECT_TRUE(parse_number(cell, value)) << cell;
  return value;
}

TEST(Number, PlainDecimalsSignsSpacesAndExponents) {
  EXPECT_EQ(parsed("4321"), 4321);
  EXPECT_EQ(parsed("-0.5"), -0.5);
  EXPECT_EQ(parsed("+5"), 5);
  EXPECT_EQ(parsed("  5.25 "), 5.25);
  EXPECT_EQ(parsed("\t5."), 5);
  EXPECT_EQ(parsed(".5"), 0.5);
  EXPECT_EQ(parsed("1e3"), 1000);
  EXPECT_EQ(parsed("1.7976931348623157E+308"), std::numeric_limits<double>::max());
  EXPECT_TRUE(std::signbit(parsed("-0")));
}

TEST(Number, MissingHasManyNamesAndOneBitPattern) {
  for (const std::string_view cell :
       {"", " ", "nan", "NaN", "null", "NULL", "NA", "N/A", "None", " NaN "}) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(parsed(cell)), 0x7ff8000000000000U) << cell;
  }
}

TEST(Number, InfinityAndWhatNoDoubleHolds) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(parsed("inf"), infinity);
  EXPECT_EQ(parsed("-Infinity"), -infinity);
  EXPECT_EQ(parsed("1.79769313486232E+308"), infinity) << "DBL_MAX in 15 digits";
  EXPECT_EQ(parsed("-1e999"), -infinity);
  EXPECT_EQ(parsed("1e-999"), 0);
  EXPECT_EQ(parsed(std::string("0.").append(400, '0') + "1"), 0);
  EXPECT_EQ(parsed(std::string(400, '9')), infinity);
}

// Whether a number beyond the range is huge or tiny was told by the sign of its exponent alone: 320
// digits with e-10 became 0, and 330 zeros behind the point with e5 infinite.
TEST(Number, BeyondTheRangeDigitsCountAsMuchAsTheExponent) {
  double value = 0;
  const std::string nines(320, '9');
  const std::string zeros(330, '0');
  EXPECT_TRUE(parse_number(nines + "e-10", value));
  EXPECT_EQ(value, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(parse_number("-" + nines + ".5e-9", value));
  EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(parse_number("0." + zeros + "1e5", value));
  EXPECT_EQ(value, 0.0);
  EXPECT_TRUE(parse_number("." + zeros + "1E+0000000000000000000000000000005", value));
  EXPECT_EQ(value, 0.0);
  EXPECT_TRUE(parse_number("00000" + nines + "e00", value));
  EXPECT_EQ(value, std::numeric_limits<double>::infinity());
  // The place of the first digit and this exponent are no 64-bit number together.
  EXPECT_TRUE(parse_number("80000000000e+9223372036854775807", value));
  EXPECT_EQ(value, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(parse_number("-1e-99999999999999999999", value));
  EXPECT_EQ(value, 0.0);
  EXPECT_TRUE(std::signbit(value));
}

TEST(Number, OtherTextIsRefusedAndLeavesTheValue) {
  for (const std::string_view cell : {"abc", "0x1p3", "0x10", "1,234", "1 2", "+-5", "--5", "+",
                                      ".", "5a", "1e", "1_000", "nan(1)", "five", "1.2.3"}) {
    double value = -77;
    EXPECT_FALSE(parse_number(cell, value)) << cell;
    EXPECT_EQ(value, -77) << cell;
  }
}

TEST(Number, EveryShortestFormReadsBackToTheSameBits) {
  RandomBits random(42);
  for (int i = 0; i < 200'000; ++i) {
    double value = std::bit_cast<double>(random.next());
    if (i % 2 == 0) {  // prices: few digits, the short way through the parser
      value = static_cast<double>(random.below(1'000'000'000)) /
              std::array{1.0, 10.0, 100.0, 1000.0, 1e5, 1e6}[static_cast<std::size_t>(i) % 6];
    }
    if (!std::isfinite(value)) continue;
    std::array<char, 40> text{};
    const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    const std::string_view cell(text.data(), static_cast<std::size_t>(end - text.data()));
    ASSERT_EQ(std::bit_cast<std::uint64_t>(parsed(cell)), std::bit_cast<std::uint64_t>(value))
        << cell;
  }
}

TEST(Number, TheShortWayAgreesWithTheStandardLibrary) {
  RandomBits random(7);
  for (int i = 0; i < 200'000; ++i) {
    std::string cell =
        std::to_string(random.below(4'000'000'000)) + std::to_string(random.below(1'000'000));
    cell.resize(static_cast<std::size_t>(1 + random.below(static_cast<std::int64_t>(cell.size()))));
    const std::int64_t point = random.below(static_cast<std::int64_t>(cell.size()) + 1);
    cell.insert(static_cast<std::size_t>(point), 1, '.');
    if (cell == ".") continue;
    double expected = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), expected);
    ASSERT_EQ(parsed(cell), expected) << cell;
  }
}

}  // namespace
}  // namespace factorwal::feed
