// Each way in which a row can be bad: stop names the place, skip counts.
#include <cmath>

#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

struct BadCase {
  std::string name;
  std::string row;
  BadRow kind;
  std::string said;
};

std::ostream& operator<<(std::ostream& out, const BadCase& bad) { return out << bad.name; }

class BadRows : public FeedTest, public ::testing::WithParamInterface<BadCase> {
 protected:
  static std::string around(const std::string& row) {
    return "symbol,datetime,price,volume\na,2021-01-04 01:30:00,1,2\n" + row +
           "\nb,2021-01-04 01:30:01,3,4\n";
  }
};

TEST_P(BadRows, StopNamesFileLineAndValueAndTheWayOn) {
  const Reading got = read_text(around(GetParam().row));
  EXPECT_EQ(got.rows.size(), 1U);
  EXPECT_CONTAINS(got.error, "ticks.csv:3: " + GetParam().said);
  EXPECT_CONTAINS(got.error, "--on-bad-row skip");
  EXPECT_EQ(got.code, Errc::kInvalidArgument);
}

TEST_P(BadRows, SkipCountsByKindKeepsTheFirstExampleAndGoesOn) {
  const Reading got = read_text(around(GetParam().row + "\n" + GetParam().row), skipping());
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[1].row_number, 3U) << "bad rows count as rows";
  EXPECT_EQ(got.report.rows_read, 4U);
  EXPECT_EQ(got.report.rows_bad, 2U);
  EXPECT_EQ(got.bad(GetParam().kind), 2U);
  EXPECT_CONTAINS(got.report.bad[static_cast<std::size_t>(GetParam().kind)].first_example,
                  "ticks.csv:3: " + GetParam().said);
}

const std::string kStamp = "2021-01-04 01:30:00";

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadRows,
    ::testing::Values(
        BadCase{"TooFewColumns", "a," + kStamp + ",1", BadRow::kColumnCount,
                "3 columns where the header has 4"},
        BadCase{"TooManyColumns", "a," + kStamp + ",1,2,3", BadRow::kColumnCount,
                "5 columns where the header has 4"},
        BadCase{"NotANumber", "a," + kStamp + ",1,abc", BadRow::kNotANumber,
                "column \"volume\" (4): \"abc\" is not a number"},
        BadCase{"TwoCommas", "a," + kStamp + ",\"1,2,3\",2", BadRow::kNotANumber,
                "column \"price\" (3): \"1,2,3\" is not a number"},
        BadCase{"EmptyInstrument", " ," + kStamp + ",1,2", BadRow::kEmptyInstrument,
                "column \"symbol\" (1): the instrument is empty"},
        BadCase{"BlankQuotedInstrument", "\" \t\"," + kStamp + ",1,2", BadRow::kEmptyInstrument,
                "column \"symbol\" (1): the instrument is empty"},
        BadCase{"LongInstrument", std::string(256, 'x') + "," + kStamp + ",1,2",
                BadRow::kLongInstrument, "column \"symbol\" (1): instrument id over 255 bytes"},
        BadCase{"InstrumentLongByItsSpaces", std::string(255, 'x') + " ," + kStamp + ",1,2",
                BadRow::kLongInstrument, "column \"symbol\" (1): instrument id over 255 bytes"},
        BadCase{"UnreadableTime", "a,yesterday,1,2", BadRow::kBadTimestamp,
                "column \"datetime\" (2): \"yesterday\" is not a timestamp"},
        BadCase{"EmptyTime", "a,,1,2", BadRow::kBadTimestamp, "column \"datetime\" (2): \"\""},
        BadCase{"AbsurdTime", "a,1621-01-04 01:30:00,1,2", BadRow::kAbsurdTimestamp,
                "column \"datetime\" (2): \"1621-01-04 01:30:00\" is no time between 1700"},
        BadCase{"InvalidUtf8", "a\xff," + kStamp + ",1,2", BadRow::kInvalidUtf8,
                "invalid UTF-8: \"a\\xff,"},
        BadCase{"OverlongUtf8", "\xc0\x80," + kStamp + ",1,2", BadRow::kInvalidUtf8,
                "invalid UTF-8"},
        BadCase{"NulByte", std::string("a\0b,", 4) + kStamp + ",1,2", BadRow::kNulByte,
                "NUL byte: \"a\\x00b,"},
        BadCase{"LineTooLong", "a," + kStamp + ",1," + std::string(3 << 20, '1'),
                BadRow::kLineTooLong, "line over 1048576 bytes: \"a,"},
        BadCase{"TextAfterQuote", "\"a\"b," + kStamp + ",1,2", BadRow::kBadQuoting,
                "a quote that does not close its cell"}),
    [](const auto& bad) { return bad.param.name; });

class BadRowsMore : public FeedTest {};

TEST_F(BadRowsMore, AnIntegerStampOfAnotherUnitIsAbsurdAndTheFormIsNamed) {
  EXPECT_CONTAINS(read_text("symbol,ts,price\na,1609723800000,1\na,1609723801,1\n").error,
                  "of this file's form (numbers in milliseconds)");
}

TEST_F(BadRowsMore, ALocalTimeThatNeverWasIsItsOwnKind) {
  FeedOptions options = skipping();
  options.time_zone = "America/New_York";
  const Reading got = read_text(
      "symbol,datetime,price\na,2021-03-14 01:59:00,1\na,2021-03-14 02:30:00,1\n"
      "a,2021-03-14 03:00:00,1\n",
      options);
  EXPECT_EQ(got.bad(BadRow::kNonexistentTime), 1U);
  EXPECT_EQ(got.rows.size(), 2U);
}

TEST_F(BadRowsMore, AmbiguousLocalTimesAreDeliveredAndCounted) {
  FeedOptions options;
  options.time_zone = "America/New_York";
  const Reading got = read_text(
      "symbol,datetime,price\na,2021-11-07 00:59:00,1\na,2021-11-07 01:30:00,1\n", options);
  EXPECT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.report.ambiguous_times, 1U);
}

TEST_F(BadRowsMore, ATailOfNulBytesIsOneBadRow) {
  const std::string text =
      "symbol,ts,price\na,1609723800,1\n" + std::string(3'000'000, '\0') + "\n";
  const Reading got = read_text(text, skipping());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.report.rows_bad, 1U);
}

TEST_F(BadRowsMore, InfinityAndHugeValuesAreMissingAndTheirRowsStay) {
  const Reading got =
      read_text("symbol,ts,price,volume\na,1609723800,inf,1.7976931348623157e308\n");
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(std::isnan(got.rows.at(0).values[0]));
  EXPECT_TRUE(std::isnan(got.rows.at(0).values[1]));
}

TEST_F(BadRowsMore, ValuesInMessagesAreCutAndHarmless) {
  const std::string error =
      read_text("symbol,ts,price\na,1609723800," + std::string(500, 'z') + "\x1b[31m\n").error;
  EXPECT_LT(error.size(), 400U);
  EXPECT_CONTAINS(error, "zzz...\"");
  EXPECT_CONTAINS(read_text("symbol,ts,price\na,1609723800,\x1b[31m\n").error, "\"\\x1b[31m\"");
}

}  // namespace
}  // namespace factorwal::feed
