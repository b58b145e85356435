// Times that lie beside what the timestamp seems to be, and numbers that are two times at once:
// none is read wrongly without a word.
#include "factorwal/feed/arrow.h"
#include "feed/arrow_tables.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class TimeLeft : public FeedTest {
 protected:
  static constexpr TimestampNs kMilli = 1'000'000;
  static constexpr TimestampNs kSecond = 1'000'000'000;
  static constexpr TimestampNs kMinute = 60 * kSecond;
  static constexpr TimestampNs kHour = 60 * kMinute;
  static constexpr TimestampNs kMarch2 = 1'583'107'200 * kSecond;  // 2020-03-02T00:00:00Z
  static constexpr TimestampNs kMorning = kMarch2 + 9 * kHour + 30 * kMinute;
  using Times = std::vector<TimestampNs>;
  static Times times(const Reading& reading) {
    Times found;
    for (const ReadRow& row : reading.rows) found.push_back(row.timestamp_ns);
    return found;
  }
  static FeedOptions formatted(std::string format, FeedOptions options = one()) {
    options.time_format = std::move(format);
    return options;
  }
  Times read_times(std::string_view text, const FeedOptions& options = one()) const {
    const Reading got = read_text(text, options);
    EXPECT_EQ(got.error, "") << text;
    return times(got);
  }
  std::string refusal(std::string_view text, const FeedOptions& options = one()) const {
    return read_text(text, options).error;
  }
};

// Every row came at midnight.
TEST_F(TimeLeft, ColumnsWithTimesUnderOtherNamesAreProposedBesideTheirDate) {
  const std::string rows = ",close\n20200302,930,1\n20200302,931,2\n";
  for (const std::string name :
       {"hhmm", "HHMM", "clock", "begin", "bar_start", "小时分钟", "Minute"}) {
    const std::string text = "date," + name + rows;
    EXPECT_CONTAINS(refusal(text), "--map timestamp_ns=date+" + name + " reads both together");
    EXPECT_CONTAINS(refusal(text), "--map timestamp_ns=date the dates alone");
    EXPECT_EQ(read_times(text, mapped("timestamp_ns=date+" + name, one())),
              (Times{kMorning, kMorning + kMinute}));
    EXPECT_EQ(read_times(text, mapped("timestamp_ns=date", one())), (Times{kMarch2, kMarch2}));
  }
  // ThetaData.
  const std::string theta =
      "ms_of_day,open,close,volume,date\n34200000,1,1,5,20200302\n34260000,1,2,5,20200302\n";
  EXPECT_CONTAINS(refusal(theta), "--map timestamp_ns=date+ms_of_day");
  EXPECT_EQ(read_times(theta, mapped("timestamp_ns=date+ms_of_day", one())),
            (Times{kMorning, kMorning + kMinute}));
}

TEST_F(TimeLeft, ANameThatCanMeanNothingElseNeedsNoSecondRow) {
  const std::string text = "symbol,date,hhmm,close\nA,20200302,930,1\nB,20200302,930,2\n";
  EXPECT_CONTAINS(refusal(text, {}), "--map timestamp_ns=date+hhmm");
  EXPECT_EQ(read_times("symbol,date,begin,close\nA,20200302,930,1\nB,20200302,930,2\n", {}),
            (Times{kMarch2, kMarch2}));
}

TEST_F(TimeLeft, SeveralRowsOfADateWithoutATimeAreAskedAbout) {
  const std::string text = "symbol,date,x,close\nA,2020-03-02,930,1\nA,2020-03-02,931,2\n";
  const std::string message = refusal(text, {});
  EXPECT_CONTAINS(message, "\"A\" has several rows of \"2020-03-02\"");
  EXPECT_CONTAINS(message, "\"symbol\", \"date\", \"x\", \"close\"");
  EXPECT_CONTAINS(message, "--map timestamp_ns=date reads the dates alone");
  EXPECT_EQ(read_times(text, mapped("timestamp_ns=date+x")), (Times{kMorning, kMorning + kMinute}));
}

TEST_F(TimeLeft, HoursAndMinutesInColumnsOfTheirOwnAreNotReadByHalves) {
  const std::string message = refusal("date,hour,minute,close\n20200302,9,30,1\n20200302,9,31,2\n");
  EXPECT_CONTAINS(message, "the time of day is in several columns: \"hour\", \"minute\"");
  EXPECT_EQ(message.find("date+"), std::string::npos) << message;
}

TEST_F(TimeLeft, DailyRowsStayAsTheyAre) {
  const std::string days = "2020-03-02,930,1\n2020-03-03,931,2\n";
  EXPECT_EQ(read_times("date,begin,close\n" + days), (Times{kMarch2, kMarch2 + 24 * kHour}));
  EXPECT_EQ(read_times("exchange,symbol,date,close\nX,A,20200302,1\nY,A,20200302,2\n", {}),
            (Times{kMarch2, kMarch2}));
  EXPECT_EQ(read_times("datetime,close\n2020-03-02 00:00:00,1\n2020-03-02 00:00:00,2\n"),
            (Times{kMarch2, kMarch2}))
      << "a midnight that is written out";
}

TEST_F(TimeLeft, DatesOfArrowAreNoTimestampsBesideTimes) {
  const auto source = [](const std::string& name, const FeedOptions& options) {
    FeedOptions all = options;
    all.words = tool::feed_words();
    std::vector<HandColumn> columns{hand::ints("date", "tdD", {18'323, 18'323}),
                                    hand::ints(name, "i", {930, 931}),
                                    hand::doubles("close", {1.0, 2.0})};
    return read_all(open_arrow_stream(hand::stream({hand::table(std::move(columns))}), all));
  };
  EXPECT_CONTAINS(source("hhmm", one()).error, "--map timestamp_ns=date+hhmm");
  EXPECT_CONTAINS(source("x", one()).error, "several rows of \"2020-03-02\"");
  EXPECT_EQ(times(source("hhmm", mapped("timestamp_ns=date+hhmm", one()))),
            (Times{kMorning, kMorning + kMinute}));
}

TEST_F(TimeLeft, DatesUnderOtherNamesAreProposedWithThem) {
  const std::string rows = "20200302,930,1\n20200302,931,2\n";
  for (const std::string name : {"hhmm", "ms_of_day"}) {
    EXPECT_CONTAINS(refusal("TradeDate," + name + ",close\n" + rows),
                    "--map timestamp_ns=TradeDate+" + name);
  }
}

// Rows of one second got one time.
TEST_F(TimeLeft, MillisecondsAreReadUnderTheirShortNames) {
  for (const std::string name : {"ms", "msec", "millis", "Millisecond", "milliseconds"}) {
    const Times got = read_times("date,time," + name +
                                 ",close\n20200302,09:30:00,5,1\n20200302,09:30:00,250,1\n");
    EXPECT_EQ(got, (Times{kMorning + 5 * kMilli, kMorning + 250 * kMilli})) << name;
  }
}

TEST_F(TimeLeft, MillisecondsThatTheTimeHasAlreadyAreNotAddedTwice) {
  const Reading got = read_text("date,time,ms,close\n20200302,09:30:00.250,250,1\n", one());
  EXPECT_EQ(times(got), Times{kMorning + 250 * kMilli});
  const Reading wide = read_text("date,time,millisec,close\n20200302,93000250,250,1\n", one());
  EXPECT_EQ(times(wide), Times{kMorning + 250 * kMilli});
}

TEST_F(TimeLeft, PartsOfASecondThatAreNotReadAreNoted) {
  for (const std::string name : {"usec", "us", "microseconds", "ns", "nanosecond", "sec"}) {
    const Reading got = read_text("date,time," + name + ",close\n20200302,09:30:00,5,1\n", one());
    EXPECT_EQ(times(got), Times{kMorning}) << name;
    EXPECT_TRUE(got.noted("\"" + name + "\" is not part of the timestamps")) << name;
  }
  const Reading got = read_text("datetime,ms,close\n2020-03-02 09:30:00,5,1\n", one());
  EXPECT_EQ(times(got), Times{kMorning});
  EXPECT_TRUE(got.noted("\"ms\" is not part of the timestamps"));
}

// They were nanoseconds of 1990.
TEST_F(TimeLeft, TicksOfDotNetAreAskedAbout) {
  const std::string text = "timestamp,close\n637187382000000000,1\n637187382000000001,2\n";
  const std::string message = refusal(text);
  EXPECT_CONTAINS(message, "\"637187382000000000\"");
  EXPECT_CONTAINS(message, "--time-format ns");
  EXPECT_CONTAINS(message, "--time-format net-ticks");
  EXPECT_EQ(read_times(text, formatted("net-ticks")),
            (Times{kMarch2 + 9 * kHour + 30 * kMinute, kMorning + 100}));
  EXPECT_EQ(read_times(text, formatted("ns")).front(), 637'187'382'000'000'000);
  // Of 2000, before 1990 in nanoseconds.
  EXPECT_CONTAINS(refusal("timestamp,close\n630822816000000000,1\n"), "--time-format net-ticks");
  EXPECT_EQ(read_times("timestamp,close\n630822816000000000,1\n", formatted("net-ticks")),
            Times{946'684'800 * kSecond});
}

// The date was dropped, and the row one of 1900.
TEST_F(TimeLeft, ADateThatStandsForNoneIsATimeOfDay) {
  for (const std::string day :
       {"1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "0001-01-01"}) {
    EXPECT_EQ(read_times("date,time,close\n2020-03-02," + day + " 09:30:00,1\n2020-03-02," + day +
                         " 09:31:00,1\n"),
              (Times{kMorning, kMorning + kMinute}))
        << day;
    EXPECT_CONTAINS(refusal("time,close\n" + day + " 09:30:00,1\n"), "without a date");
  }
  EXPECT_EQ(read_times("date,close\n1970-01-01,1\n1970-01-02,2\n"), (Times{0, 24 * kHour}));
}

// 9 was nine minutes past midnight.
TEST_F(TimeLeft, HoursAloneAreAskedAbout) {
  const std::string text = "date,time,close\n20200302,9,1\n20200302,10,2\n";
  EXPECT_CONTAINS(refusal(text), "--time-format HH or --time-format HHMM says which");
  EXPECT_EQ(read_times(text, formatted("HH")), (Times{kMarch2 + 9 * kHour, kMarch2 + 10 * kHour}));
  EXPECT_EQ(read_times(text, formatted("HHMM")),
            (Times{kMarch2 + 9 * kMinute, kMarch2 + 10 * kMinute}));
  EXPECT_EQ(read_times("date,time,close\n20200302,09,1\n20200302,10,2\n"),
            (Times{kMarch2 + 9 * kHour, kMarch2 + 10 * kHour}))
      << "HHMM would have four digits";
  EXPECT_CONTAINS(refusal("date,time,close\n20200302,30,1\n20200302,31,2\n"),
                  "--time-format HHMM or --time-format HHMMSS says which");
}

// 20-03-02 10:30 was a time of 2033.
TEST_F(TimeLeft, TenDigitsThatAreDatesAreAskedAbout) {
  const std::string text = "time,close\n2003021030,1\n2003021031,2\n";
  EXPECT_CONTAINS(refusal(text), "--time-format s or --time-format %y%m%d%H%M says which");
  EXPECT_EQ(read_times(text, formatted("%y%m%d%H%M")).front(), kMarch2 + 10 * kHour + 30 * kMinute);
  EXPECT_EQ(read_times(text, formatted("s")).front(), 2'003'021'030 * kSecond);
  EXPECT_CONTAINS(refusal("time,close\n3003020930,1\n"), "199000000000");
  EXPECT_EQ(read_times("time,close\n1610120000,1\n1610120060,1\n").front(),
            1'610'120'000 * kSecond);
}

TEST_F(TimeLeft, NumbersOfNoTimeAreSaidToBeSuch) {
  for (const std::string number : {"18323", "202003", "991231", "737852", "0"}) {
    const std::string message = refusal("timestamp,close\n" + number + ",1\n");
    EXPECT_CONTAINS(message, "\"" + number + "\" is a number that is no time of 1990 to 2100");
    EXPECT_CONTAINS(message, "--time-format");
  }
}

}  // namespace
}  // namespace factorwal::feed
