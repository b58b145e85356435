// Timestamps in one, two or three columns, of every form that files have been seen with. A form
// that is not sure is asked for, never guessed.
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr TimestampNs kSecond = 1'000'000'000;
constexpr TimestampNs kMilli = 1'000'000;
constexpr TimestampNs kHour = 3600 * kSecond;
constexpr TimestampNs kMinute = 60 * kSecond;
constexpr TimestampNs kMarch2 = 1'583'107'200 * kSecond;  // 2020-03-02T00:00:00Z, a Monday
constexpr TimestampNs kDay = 24 * kHour;

class TimeColumns : public FeedTest {
 protected:
  using Times = std::vector<TimestampNs>;
  static Times times(const Reading& reading) {
    Times found;
    for (const ReadRow& row : reading.rows) found.push_back(row.timestamp_ns);
    return found;
  }
  static FeedOptions one() {
    FeedOptions options;
    options.instrument = "A";
    return options;
  }
  static FeedOptions formatted(std::string format) {
    FeedOptions options = one();
    options.time_format = std::move(format);
    return options;
  }
  /// The times of a column `datetime`.
  Times of_column(const std::vector<std::string>& cells, const FeedOptions& options) const {
    std::string text = "datetime|close\n";
    for (const std::string& cell : cells) text += cell + "|1\n";
    const Reading got = read_text(text, options);
    EXPECT_EQ(got.error, "") << text;
    return times(got);
  }
  Times of_column(const std::vector<std::string>& cells) const { return of_column(cells, one()); }
  /// The times of day of a column `time` beside a date.
  Times of_day(const std::vector<std::string>& cells, const FeedOptions& options) const {
    std::string text = "date|time|close\n";
    for (const std::string& cell : cells) text += "2020-03-02|" + cell + "|1\n";
    const Reading got = read_text(text, options);
    EXPECT_EQ(got.error, "") << text;
    Times found = times(got);
    for (TimestampNs& time : found) time -= kMarch2;
    return found;
  }
  Times of_day(const std::vector<std::string>& cells) const { return of_day(cells, one()); }
};

// Field case 01a: WonderTrader's daily bars. `time` 0 was taken for 1970, and the date left out.
TEST_F(TimeColumns, ATimeOfZeroBesideADateIsMidnight) {
  const Reading got = read_text(
      "date,time,open,high,low,close,volume\n2020/03/02,0,50,52,49,51,1000\n"
      "2020/03/03,0,51,53,50,52,1100\n",
      one());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(times(got), (Times{kMarch2, kMarch2 + kDay}));
  EXPECT_EQ(of_day({"0", "0"}), (Times{0, 0}));
  EXPECT_EQ(of_day({"000000", "000000"}), (Times{0, 0}));
}

// Field case 01b: HHMM was taken for seconds of 1970.
TEST_F(TimeColumns, MinutesOfTheDayWithoutColonsAreTimes) {
  const Reading got = read_text(
      "date,time,close,volume\n20200302,930,51,10\n20200302,931,52,11\n20200302,1000,53,12\n",
      one());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(times(got), (Times{kMarch2 + 9 * kHour + 30 * kMinute,
                               kMarch2 + 9 * kHour + 31 * kMinute, kMarch2 + 10 * kHour}));
  EXPECT_TRUE(got.noted("HHMM"));
  EXPECT_EQ(of_day({"0000", "0930", "1500"}), (Times{0, 9 * kHour + 30 * kMinute, 15 * kHour}));
}

// Field case 01d: spreadsheets.
TEST_F(TimeColumns, AFractionOfADayBesideADateIsATime) {
  EXPECT_EQ(of_day({"0.395833", "0.396528"}),
            (Times{9 * kHour + 30 * kMinute, 9 * kHour + 31 * kMinute}));
  EXPECT_EQ(of_day({"0.3958333333333333", "0", "0.5"}),
            (Times{9 * kHour + 30 * kMinute, 0, 12 * kHour}));
}

// Field case 02a: 100500 was taken for 10:05:00, 10500 for 01:05:00.
TEST_F(TimeColumns, LostZerosAreFoundByTheWidthOfTheWholeColumn) {
  const Reading got = read_text(
      "code,date,time,price,volume\nag2006,20200302,235959500,4100,1\n"
      "ag2006,20200303,10500,4101,1\nag2006,20200303,100500,4102,1\n"
      "ag2006,20200303,10000500,4103,1\n");
  ASSERT_EQ(got.error, "");
  const TimestampNs next = kMarch2 + kDay;
  EXPECT_EQ(times(got), (Times{next - 500 * kMilli, next + 10'500 * kMilli,
                               next + kMinute + 500 * kMilli, next + kHour + 500 * kMilli}));
  EXPECT_EQ(of_day({"500", "59500", "93000000"}),
            (Times{500 * kMilli, 59'500 * kMilli, 9 * kHour + 30 * kMinute}));
  EXPECT_EQ(of_day({"5", "130", "93000"}),
            (Times{5 * kSecond, 90 * kSecond, 9 * kHour + 30 * kMinute}));
}

TEST_F(TimeColumns, AWidthThatOnlyALateRowTellsHoldsFromTheFirstOn) {
  std::string text = "date,time,close\n";
  for (int i = 0; i < 400; ++i) text += "20200303," + std::to_string(i % 60 * 1000) + ",1\n";
  text += "20200303,93000500,1\n";
  const Reading got = read_text(text, one());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(1).timestamp_ns, kMarch2 + kDay + kSecond);
  const Reading packed = read({write("t.csv.gz", gzip(text))}, one());
  EXPECT_EQ(times(packed), times(got));
}

TEST_F(TimeColumns, DigitsBehindADateInOneColumnShareOneWidth) {
  EXPECT_EQ(of_column({"20200302 235959500", "20200303 10500"}),
            (Times{kMarch2 + kDay - 500 * kMilli, kMarch2 + kDay + 10'500 * kMilli}));
}

TEST_F(TimeColumns, CountsSinceMidnightAreTold) {
  EXPECT_EQ(of_day({"34200", "34260", "34261"}),
            (Times{34'200 * kSecond, 34'260 * kSecond, 34'261 * kSecond}));
  EXPECT_EQ(of_day({"34200000", "34260500"}), (Times{34'200 * kSecond, 34'260'500 * kMilli}));
  EXPECT_EQ(of_day({"34260.5"}), (Times{34'260'500 * kMilli}));
}

TEST_F(TimeColumns, TooFewRowsToTellACountFromDigitsAreAskedAbout) {
  const std::string text = "date,time,close\n20200302,34200,1\n20200302,34500,2\n";
  const Reading got = read_text(text, one());
  EXPECT_CONTAINS(got.error, "\"34200\" may be HHMMSS or seconds since midnight");
  EXPECT_CONTAINS(got.error, "--time-format");
  EXPECT_TRUE(got.rows.empty());
  EXPECT_EQ(times(read_text(text, formatted("s-of-day"))).at(0), kMarch2 + 34'200 * kSecond);
  EXPECT_EQ(times(read_text(text, formatted("HHMMSS"))).at(0), kMarch2 + 3 * kHour + 42 * kMinute);
}

// Field case 11a: the hint mapped the date alone.
TEST_F(TimeColumns, ADateAndATimeUnderOtherNamesAreProposedTogether) {
  const std::string text =
      "TradeDate,TradeTime,Price,Volume\n20200302,09:30:01,51,10\n20200302,09:31:00,52,11\n";
  const Reading got = read_text(text, one());
  EXPECT_CONTAINS(got.error, "--map timestamp_ns=TradeDate+TradeTime");
  FeedOptions options = one();
  options.map = {{"timestamp_ns", "TradeDate+TradeTime"}};
  const Reading mapped = read_text(text, options);
  ASSERT_EQ(mapped.error, "");
  EXPECT_EQ(times(mapped), (Times{kMarch2 + 9 * kHour + 30 * kMinute + kSecond,
                                  kMarch2 + 9 * kHour + 31 * kMinute}));
}

TEST_F(TimeColumns, TimesOfDayBesideADateThatWasTakenAloneAreAskedAbout) {
  const Reading got = read_text("Date,TradeTime,close\n20200302,09:30:01,51\n", one());
  EXPECT_CONTAINS(got.error, "--map timestamp_ns=Date+TradeTime");
  FeedOptions options = one();
  options.map = {{"timestamp_ns", "Date"}};
  EXPECT_EQ(times(read_text("Date,TradeTime,close\n20200302,09:30:01,51\n", options)),
            Times{kMarch2});
}

TEST_F(TimeColumns, TimesOfDayWithoutADateAreRefused) {
  for (const std::string cell : {"09:30:00", "93000", "0", "0.39"}) {
    const Reading got = read_text("time,close\n" + cell + ",1\n", one());
    EXPECT_CONTAINS(got.error, "times of day without a date") << cell;
    EXPECT_TRUE(got.rows.empty());
  }
}

TEST_F(TimeColumns, ATimestampThatIsATimeOfDayTakesTheDateBesideIt) {
  EXPECT_EQ(times(read_text("date,timestamp,close\n20200302,09:30:00,1\n", one())),
            Times{kMarch2 + 9 * kHour + 30 * kMinute});
  EXPECT_EQ(times(read_text("timestamp,time,close\n2020-03-02,09:30:00,1\n", one())),
            Times{kMarch2 + 9 * kHour + 30 * kMinute});
}

// Field case 16a: MetaTrader.
TEST_F(TimeColumns, DottedDatesAreRead) {
  const Reading got =
      read_text("Date,Time,Open,High,Low,Close,Volume\n2020.03.02,09:30,50,52,49,51,10\n", one());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(times(got), Times{kMarch2 + 9 * kHour + 30 * kMinute});
  EXPECT_EQ(of_column({"2020.03.02 09:30:00", "02.03.2020 09:30"}).at(0),
            kMarch2 + 9 * kHour + 30 * kMinute);
  EXPECT_EQ(of_column({"2020.03.02D09:30:00.000500000"}),  // kdb
            Times{kMarch2 + 9 * kHour + 30 * kMinute + 500'000});
  EXPECT_EQ(of_column({"02.03.2020"}), Times{kMarch2}) << "dots: the day first";
}

TEST_F(TimeColumns, SlashedDatesTakeTheOrderThatSomeRowShows) {
  EXPECT_EQ(of_column({"02/03/2020", "13/03/2020"}), (Times{kMarch2, kMarch2 + 11 * kDay}));
  EXPECT_EQ(of_column({"3/2/2020", "3/13/2020"}), (Times{kMarch2, kMarch2 + 11 * kDay}));
  std::string text = "datetime,close\n";
  for (int i = 0; i < 300; ++i) text += "03/02/2020 09:30,1\n";
  const Reading late = read_text(text + "03/25/2020 09:30,2\n", one());
  ASSERT_EQ(late.error, "");
  EXPECT_EQ(late.rows.at(0).timestamp_ns, kMarch2 + 9 * kHour + 30 * kMinute);
}

TEST_F(TimeColumns, SlashedDatesOfEitherOrderAreAskedAbout) {
  const std::string text = "datetime,close\n03/02/2020,1\n04/02/2020,1\n";
  const Reading got = read_text(text, one());
  EXPECT_CONTAINS(got.error, "\"03/02/2020\" may have the day or the month first");
  EXPECT_CONTAINS(got.error, "--time-format dmy or --time-format mdy");
  EXPECT_EQ(times(read_text(text, formatted("mdy"))).at(0), kMarch2);
  EXPECT_EQ(times(read_text(text, formatted("dmy"))).at(0), kMarch2 - 28 * kDay);
  EXPECT_EQ(times(read_text("datetime,close\n03/03/2020,1\n", one())), Times{kMarch2 + kDay});
}

TEST_F(TimeColumns, AnOrderThatALaterRowContradictsIsABadRow) {
  FeedOptions options = one();
  options.on_bad_row = OnBadRow::kSkip;
  const Reading got =
      read_text("datetime,close\n13/03/2020,1\n03/13/2020,2\n14/03/2020,3\n", options);
  EXPECT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.bad(BadRow::kBadTimestamp), 1U);
}

TEST_F(TimeColumns, MonthsByNameAndTwelveHourClocksAreRead) {
  const TimestampNs at = kMarch2 + 9 * kHour + 30 * kMinute;
  for (const std::string text :
       {"02-Mar-2020 09:30:00", "2 March 2020 9:30 am", "Mar 2, 2020 9:30:00 AM",
        "02MAR2020 09:30:00", "2020-Mar-02 09:30:00.000", "20200302-09:30:00", "20200302  09:30:00",
        "2020-03-02 09:30:00:000", "2020-03-02T09:30:00.000000000Z"}) {
    EXPECT_EQ(of_column({text}), Times{at}) << text;
  }
  EXPECT_EQ(of_column({"2020-03-02 12:30:00 AM", "2020-03-02 12:30:00 PM"}),
            (Times{kMarch2 + 30 * kMinute, kMarch2 + 12 * kHour + 30 * kMinute}));
}

TEST_F(TimeColumns, AZoneBehindTheTimeCounts) {
  const TimestampNs at = kMarch2 + 14 * kHour + 30 * kMinute;
  for (const std::string text :
       {"2020-03-02 09:30:00 America/New_York", "20200302 09:30:00 US/Eastern",
        "2020-03-02 09:30:00 -0500", "2020-03-02T09:30:00-05:00[America/New_York]",
        "2020-03-02 22:30:00 UTC+8", "2020-03-02 22:30:00 +08", "2020-03-02 14:30 GMT"}) {
    EXPECT_EQ(of_column({text}), Times{at}) << text;
  }
  EXPECT_CONTAINS(read_text("datetime,close\n2020-03-02 09:30:00 Mars/Base,1\n", one()).error,
                  "Mars/Base");
}

TEST_F(TimeColumns, NumbersAreEpochsOnlyWhereTheyCanBe) {
  EXPECT_EQ(of_column({"1583107200"}), Times{kMarch2});
  EXPECT_EQ(of_column({"1583107200000"}), Times{kMarch2});
  EXPECT_EQ(of_column({"1583107200000000"}), Times{kMarch2});
  EXPECT_EQ(of_column({"1583107200000000000"}), Times{kMarch2});
  EXPECT_EQ(of_column({"200301020930", "202003020930"}).at(1), kMarch2 + 9 * kHour + 30 * kMinute);
  EXPECT_EQ(of_column({"43892.395833333"}), Times{kMarch2 + 9 * kHour + 30 * kMinute});
  EXPECT_EQ(of_column({"43892"}), Times{kMarch2});
  for (const std::string cell : {"1", "86400", "631151999", "5000000000", "99999999999999999999"}) {
    EXPECT_NE(read_text("timestamp,close\n" + cell + ",1\n", one()).error, "") << cell;
  }
}

TEST_F(TimeColumns, AUnitThatIsGivenTakesAnyNumber) {
  EXPECT_EQ(of_column({"0", "1.5", "86400"}, formatted("s")), (Times{0, 1500 * kMilli, kDay}));
  EXPECT_EQ(of_column({"1500"}, formatted("ms")), Times{1500 * kMilli});
}

TEST_F(TimeColumns, OneOddNumberDoesNotChangeTheUnitOfTheRest) {
  FeedOptions options = one();
  options.on_bad_row = OnBadRow::kSkip;
  const Reading got =
      read_text("timestamp,close\n0,1\n1583107200000,1\n1583107200,2\n1583107201000,3\n", options);
  EXPECT_EQ(times(got), (Times{kMarch2, kMarch2 + kSecond}));
  EXPECT_EQ(got.bad(BadRow::kAbsurdTimestamp), 2U);
  EXPECT_TRUE(got.noted("timestamps are numbers in milliseconds"));
}

TEST_F(TimeColumns, DatesBefore1970AreRead) {
  EXPECT_EQ(of_column({"1969-12-31 23:59:59.5", "1950-01-03"}),
            (Times{-500 * kMilli, -630'979'200 * kSecond}));
  EXPECT_EQ(of_column({"19500103", "19700115"}), (Times{-630'979'200 * kSecond, 14 * kDay}));
  EXPECT_CONTAINS(read_text("datetime,close\n1600-01-01,1\n", one()).error, "1700");
}

TEST_F(TimeColumns, StampsWithoutAZoneEndTheFeedWhereAZoneIsRequired) {
  FeedOptions required = one();
  required.zone_required = true;
  required.on_bad_row = OnBadRow::kSkip;
  const std::string mixed =
      "timestamp,close\n2020-11-01T00:00:00Z,1\n2020-11-01T00:00:01,2\n2020-11-01T00:00:02Z,3\n";
  const Reading refused = read_text(mixed, required);
  EXPECT_CONTAINS(refused.error, "column \"timestamp\"");
  EXPECT_CONTAINS(refused.error, "has times without a zone: --tz names it");
  EXPECT_EQ(refused.code, Errc::kInvalidArgument);
  EXPECT_EQ(refused.rows.size(), 1U);
  EXPECT_EQ(read_text("timestamp,close\n1604188800,1\n", required).error, "") << "of UTC";
  required.time_zone = "UTC";
  EXPECT_EQ(read_text(mixed, required).rows.size(), 3U);
}

// Field case 15: told only in a count that nothing printed.
TEST_F(TimeColumns, AnHourThatComesTwiceIsNotedAndCounted) {
  FeedOptions options = one();
  options.time_zone = "America/New_York";
  const Reading got = read_text(
      "timestamp,close\n2020-11-01 00:59:00,1\n2020-11-01 01:30:00,2\n2020-11-01 01:15:00,3\n"
      "2020-11-01 02:00:00,4\n",
      options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.report.ambiguous_times, 2U);
  EXPECT_TRUE(got.noted("came twice"));
  options.time_zone = "Europe/Berlin";
  const Reading berlin = read_text("timestamp,close\n2020-10-25 02:30:00,1\n", options);
  EXPECT_EQ(berlin.report.ambiguous_times, 1U);
  EXPECT_TRUE(berlin.noted("came twice"));
}

TEST_F(TimeColumns, ThreeColumnsGiveMillisecondsWhateverTheTimesForm) {
  EXPECT_EQ(times(read_text("date,time,millisec,close\n20200302,93000,5,1\n20200302,93001,500,1\n",
                            one())),
            (Times{kMarch2 + 9 * kHour + 30 * kMinute + 5 * kMilli,
                   kMarch2 + 9 * kHour + 30 * kMinute + 1500 * kMilli}));
}

TEST_F(TimeColumns, AnyOtherFormIsGivenByItsPattern) {
  EXPECT_EQ(of_column({"02/03/20 09h30"}, formatted("%d/%m/%y %Hh%M")),
            Times{kMarch2 + 9 * kHour + 30 * kMinute});
  EXPECT_EQ(
      of_column({"Day 062 of 2020, 14:30:00.25 +0800"}, formatted("Day %j of %Y, %H:%M:%S.%f %z")),
      Times{kMarch2 + 6 * kHour + 30 * kMinute + 250 * kMilli});
  EXPECT_EQ(of_day({"9-30-01 PM"}, formatted("%Y-%m-%d %I-%M-%S %p")),
            Times{21 * kHour + 30 * kMinute + kSecond});
  for (const std::string bad : {"%Q", "%H:%M", "dym", "%d %m"}) {
    EXPECT_CONTAINS(read_text("datetime,close\n1583107200,1\n", formatted(bad)).error,
                    "--time-format")
        << bad;
  }
}

}  // namespace
}  // namespace factorwal::feed
