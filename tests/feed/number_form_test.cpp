// Commas, points, apostrophes and spaces in numbers, and what they mean.
#include <bit>
#include <charconv>
#include <cmath>

#include "feed/feed_fixture.h"
#include "feed/generator/tick_generator_market.h"
#include "feed/number.h"

namespace factorwal::feed {
namespace {

constexpr double kNone = -77;

double grouped(std::string_view cell) {
  double value = kNone;
  return parse_grouped_number(cell, value) ? value : kNone;
}
double with_comma(std::string_view cell) {
  double value = kNone;
  return parse_comma_number(cell, value) ? value : kNone;
}

TEST(NumberForm, ThousandsArePartedByCommasApostrophesOrSpaces) {
  EXPECT_EQ(grouped("1,234.5"), 1234.5);
  EXPECT_EQ(grouped("-12,345,678"), -12345678);
  EXPECT_EQ(grouped(" +1,234 "), 1234);
  EXPECT_EQ(grouped("1'234'567.25"), 1234567.25);
  EXPECT_EQ(grouped("1 234.5"), 1234.5);
  EXPECT_EQ(grouped("1\u00a0234\u00a0567"), 1234567) << "no-break space";
  EXPECT_EQ(grouped("1\u202f234"), 1234) << "narrow no-break space";
  EXPECT_EQ(grouped("1,234e2"), 123400);
  EXPECT_EQ(grouped("12,34,567.5"), 1234567.5) << "as in India";
  EXPECT_EQ(grouped("1,00,00,000"), 10000000);
  EXPECT_EQ(grouped("$1,234.50"), 1234.5);
  EXPECT_EQ(grouped("-$1,234"), -1234);
  EXPECT_EQ(grouped("51.5"), 51.5) << "a plain number is one, too";
  EXPECT_EQ(grouped("12345"), 12345);
  EXPECT_TRUE(std::isnan(grouped("N/A")));
  for (const std::string_view bad :
       {"1,23",     "1,2345", "123,45,678", "12,34,56",  "1,234,56,789", "1'23'456",
        "1234,567", ",123",   "1,,234",     "1,234'567", "0,123",        "1,234,",
        "1.234,5",  "$",      "$$5",        "$-5",       "12.5%",        "1,234.5.6",
        "(1,234)",  "1,234x", "1 2",        ","}) {
    EXPECT_EQ(grouped(bad), kNone) << bad;
  }
}

TEST(NumberForm, ApostrophesAndDollarSignsNeedNoOption) {
  double value = 0;
  EXPECT_TRUE(parse_number("$166.25", value));
  EXPECT_EQ(value, 166.25);
  EXPECT_FALSE(parse_number("$AAPL", value));
  EXPECT_FALSE(parse_number("\u20ac5", value)) << "two currencies in a column would be one number";
  EXPECT_TRUE(parse_number("1'234.5", value));
  EXPECT_EQ(value, 1234.5);
  EXPECT_FALSE(parse_number("1,234.5", value));
  EXPECT_FALSE(parse_number("1 234.5", value));
  EXPECT_FALSE(parse_number("1'23", value));
}

TEST(NumberForm, WithADecimalCommaAPointPartsThousandsOrIsRefused) {
  EXPECT_EQ(with_comma("1.234,5"), 1234.5);
  EXPECT_EQ(with_comma("1 234,5"), 1234.5);
  EXPECT_EQ(with_comma("1'234,5"), 1234.5);
  EXPECT_EQ(with_comma("1.234.567"), 1234567);
  EXPECT_EQ(with_comma("-0,125"), -0.125);
  EXPECT_EQ(with_comma(",5"), 0.5);
  EXPECT_EQ(with_comma("51"), 51);
  EXPECT_TRUE(std::isnan(with_comma("1.#QNAN")));
  // Was 515: a point that nobody meant for thousands, read as one without a word.
  EXPECT_EQ(with_comma("51.5"), kNone);
  for (const std::string_view bad : {"1,2,3", "1.23,4", "1.2345", "1,234.5", "abc", "."}) {
    EXPECT_EQ(with_comma(bad), kNone) << bad;
  }
}

TEST(NumberForm, WhatCommasMeanIsToldByTheCellOrOpen) {
  for (const std::string_view cell : {"1,234.5", "1,234,567", "-12,345.0", "$1,234.5"}) {
    EXPECT_EQ(comma_meaning(cell), CommaMeaning::kThousands) << cell;
  }
  for (const std::string_view cell : {"1,234", "999,000"}) {
    EXPECT_EQ(comma_meaning(cell), CommaMeaning::kOpen) << cell;
  }
  for (const std::string_view cell : {"51,5", "0,125", "1234,567", "1.234,5"}) {
    EXPECT_EQ(comma_meaning(cell), CommaMeaning::kPoint) << cell;
  }
  for (const std::string_view cell : {"", "1234", "12,37,40", "a,b"}) {
    EXPECT_EQ(comma_meaning(cell), CommaMeaning::kNone) << cell;
  }
}

TEST(NumberForm, BitsAreThoseOfTheNumberWithoutThem) {
  RandomBits random(5);
  for (int i = 0; i < 100'000; ++i) {
    const std::string whole = std::to_string(random.below(4'000'000'000));
    std::string fraction = std::to_string(random.below(1'000'000));
    std::string parted;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      if (at > 0 && (whole.size() - at) % 3 == 0) parted += ',';
      parted += whole[at];
    }
    const std::string plain = whole + "." + fraction;
    double expected = 0;
    std::from_chars(plain.data(), plain.data() + plain.size(), expected);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(grouped(parted + "." + fraction)),
              std::bit_cast<std::uint64_t>(expected))
        << parted;
    std::replace(parted.begin(), parted.end(), ',', '.');
    ASSERT_EQ(with_comma(parted + "," + fraction), expected) << parted;
  }
}

class NumberColumns : public FeedTest {
 protected:
  static constexpr std::string_view kHeader = "symbol,ts,price,volume\n";
  [[nodiscard]] Reading rows(const std::string& text, const FeedOptions& options = {}) const {
    return read_text(std::string(kHeader) + text, options);
  }
  static FeedOptions thousands() {
    FeedOptions options;
    options.thousands = true;
    return options;
  }
};

TEST_F(NumberColumns, AColumnThatCanMeanNothingElseIsReadAndSaid) {
  const Reading got = rows(
      "A,1700000000,\"1,234.50\",\"12,345\"\nA,1700000001,999.25,7\nA,1700000002,\"1,000.00\",\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).values, (std::vector<double>{1234.5, 12345}));
  EXPECT_EQ(got.rows.at(1).values, (std::vector<double>{999.25, 7}));
  EXPECT_TRUE(std::isnan(got.rows.at(2).values[1]));
  EXPECT_TRUE(got.noted("numbers with commas between thousands: \"price\", \"volume\""));
}

TEST_F(NumberColumns, OneThatMayMeanEitherIsAskedAbout) {
  const std::string text = "A,1700000000,51.5,\"1,234\"\nA,1700000001,51.5,\"2,000\"\n";
  EXPECT_CONTAINS(rows(text).error, "column \"volume\": \"1,234\" may be thousands");
  EXPECT_CONTAINS(rows(text).error, "--thousands says which") << "the price has a point";
  EXPECT_EQ(rows(text, thousands()).rows.at(0).values.at(1), 1234);
  const std::string open = "A,1700000000,\"1,234\",\"2,345\"\n";
  EXPECT_CONTAINS(rows(open).error, "--thousands or --decimal-comma says which");
  FeedOptions comma;
  comma.decimal_comma = true;
  EXPECT_EQ(rows(open, comma).rows.at(0).values.at(0), 1.234);
}

TEST_F(NumberColumns, ADecimalCommaIsNeverTakenForThousands) {
  const std::string text = "A,1700000000,\"1,5\",\"1,234\"\nA,1700000001,\"1,25\",\"2,000\"\n";
  EXPECT_CONTAINS(rows(text).error, "has a comma for the point; --decimal-comma reads it");
  // A column of text with commas decides nothing about numbers.
  const Reading got = read_text(
      "symbol,ts,conditions,price\nA,1700000000,\"1,234,567\",51.5\nA,1700000001,\"12,37\",52.5\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, std::vector<std::string>{"close"});
}

TEST_F(NumberColumns, ALaterCellOfAnotherFormIsABadRow) {
  std::string text;
  for (int i = 0; i < 250; ++i) {
    text.append("A,").append(std::to_string(1700000000 + i)).append(",\"1,234.50\",1\n");
  }
  const Reading got = rows(text + "A,1700000300,\"51,5\",1\n");
  EXPECT_CONTAINS(got.error, ":252: column \"price\" (3): \"51,5\" is not a number");
  EXPECT_EQ(got.rows.size(), 250U);
}

TEST_F(NumberColumns, APercentSignIsRefusedWithAWord) {
  EXPECT_CONTAINS(rows("A,1700000000,12.5%,1\n").error,
                  "\"12.5%\" is not a number (12.5% may be 12.5 or 0.125)");
}

TEST_F(NumberColumns, BothMeaningsAtOnceAreRefused) {
  FeedOptions options = thousands();
  options.decimal_comma = true;
  EXPECT_CONTAINS(rows("A,1700000000,1,1\n", options).error, "--thousands is for numbers with a");
}

}  // namespace
}  // namespace factorwal::feed
