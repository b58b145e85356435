#include <gtest/gtest.h>

#include <optional>

#include "feed/feed_fixture.h"
#include "feed/times/stamp_plan.h"
#include "feed/times/timestamp_reader.h"

namespace factorwal::feed {
namespace {

constexpr TimestampNs kOpen = 1609723800000000000;  // 2021-01-04T01:30:00Z, 09:30 in Shanghai

LocalZone zone(const std::string& name) {
  auto found = LocalZone::find(name);
  EXPECT_TRUE(found) << found.error().message;
  return *found;
}

/// Of a column that begins with that text.
std::optional<TimestampReader> reader_of(std::string_view text, const std::string& zone_name = "") {
  StampGuess guess(1);
  guess.add(std::span(&text, 1));
  const auto plan = guess.plan("time_format");
  if (!plan) return std::nullopt;
  return TimestampReader(*plan, zone(zone_name));
}

BadRow read_by(TimestampReader& reader, std::string_view text, TimestampNs& time_ns) {
  return reader.read(std::span(&text, 1), time_ns);
}

TimestampNs at(std::string_view text, const std::string& zone_name = "") {
  auto reader = reader_of(text, zone_name);
  TimestampNs time_ns = -1;
  EXPECT_TRUE(reader && read_by(*reader, text, time_ns) == BadRow::kNone) << text;
  return time_ns;
}

BadRow fault(std::string_view text, const std::string& zone_name = "") {
  auto reader = reader_of(text, zone_name);
  TimestampNs time_ns = -1;
  return reader ? read_by(*reader, text, time_ns) : BadRow::kBadTimestamp;
}

TEST(Timestamp, UnitsAreToldBySize) {
  EXPECT_EQ(at("1609723800"), kOpen);
  EXPECT_EQ(at("1609723800000"), kOpen);
  EXPECT_EQ(at("1609723800000000"), kOpen);
  EXPECT_EQ(at("1609723800000000000"), kOpen);
  EXPECT_EQ(at(" 1609723800 "), kOpen);
}

TEST(Timestamp, FractionsOfAnyUnitAreExactAndCutAtNanoseconds) {
  EXPECT_EQ(at("1609723800.5"), kOpen + 500'000'000);
  EXPECT_EQ(at("1609723800.123456789999"), kOpen + 123'456'789);
  EXPECT_EQ(at("1609723800000.25"), kOpen + 250'000);
  EXPECT_EQ(at("1609723800000000000.0"), kOpen);
}

TEST(Timestamp, Iso8601AndItsRelatives) {
  for (const std::string_view text :
       {"2021-01-04T09:30:00+08:00", "2021-01-04T09:30:00+0800", "2021-01-04T09:30:00+08",
        "2021-01-04 09:30:00 +08:00", "2021-01-04T01:30:00Z", "2021-01-04t01:30z",
        "2021-01-04 01:30:00", "2021/01/04 01:30:00", "2021/1/4 1:30", "20210104 01:30:00",
        "20210104T013000Z", "20210104 013000", "20210104 13000", "20210104 013000000",
        "2021-01-03T20:30:00-05:00", "2021-01-04 01:30:00 UTC"}) {
    EXPECT_EQ(at(text), kOpen) << text;
  }
  EXPECT_EQ(at("2021-01-04T09:30:00.500+08:00"), kOpen + 500'000'000);
  EXPECT_EQ(at("2021-01-04 01:30:00.123456789"), kOpen + 123'456'789);
  EXPECT_EQ(at("20210104 09:30:00.500", "Asia/Shanghai"), kOpen + 500'000'000);
  EXPECT_EQ(at("2021-01-04"), 1609718400000000000);
  EXPECT_EQ(at("2021-01-04", "Asia/Shanghai"), 1609689600000000000);
  EXPECT_EQ(at("2024-02-29T00:00:00Z"), 1709164800000000000);
}

TEST(Timestamp, DigitsThatSpellADateAreOne) {
  EXPECT_EQ(at("20210104"), 1609718400000000000);
  EXPECT_EQ(at("20210104013000"), kOpen);
  EXPECT_EQ(at("20210104013000500"), kOpen + 500'000'000);
  EXPECT_EQ(at("20210104093000", "Asia/Shanghai"), kOpen);
}

TEST(Timestamp, WhatCannotBeReadIsSaid) {
  for (const std::string_view text :
       {"", "abc", "2021-02-30", "2021-13-01", "2021-01-04T24:00:00", "2021-01-04T09:60:00",
        "2021-01-04T09:30:00+", "2021-01-04T09:30:00+08:", "2021-01-04T", "2021-01-04 09:30:00 x",
        "09:30:00", "1.6e9", "16097x", "2021-01", "2023-02-29", "20210104 0930001"}) {
    EXPECT_EQ(fault(text), BadRow::kBadTimestamp) << text;
  }
}

TEST(Timestamp, NumbersOutside1990To2100AndDatesFrom2200OnAreAbsurd) {
  auto numbers = reader_of("1609723800");
  ASSERT_TRUE(numbers);
  TimestampNs time_ns = 0;
  for (const std::string_view text : {"-1", "-5.5", "0", "631151999", "4102444800", "7258118400",
                                      "9223372036854775807", "99999999999999999999"}) {
    EXPECT_EQ(read_by(*numbers, text, time_ns), BadRow::kAbsurdTimestamp) << text;
  }
  for (const std::string_view text : {"2200-01-01", "9999-12-31", "1699-12-31"}) {
    EXPECT_EQ(fault(text), BadRow::kAbsurdTimestamp) << text;
  }
  EXPECT_EQ(at("2199-12-31T23:59:59.999999999Z"), 7258118399999999999);
  EXPECT_EQ(at("1970-01-01"), 0);
}

TEST(Timestamp, TheFormHoldsForTheFile) {
  TimestampReader reader = *reader_of("1609723800000");
  TimestampNs time_ns = 0;
  ASSERT_EQ(read_by(reader, "1609723800000", time_ns), BadRow::kNone);
  EXPECT_EQ(reader.plan().form, StampForm::kMilliseconds);
  EXPECT_EQ(read_by(reader, "1609723800", time_ns), BadRow::kAbsurdTimestamp);
  EXPECT_EQ(read_by(reader, "1609723800000000", time_ns), BadRow::kAbsurdTimestamp);
  EXPECT_EQ(read_by(reader, "2021-01-04", time_ns), BadRow::kBadTimestamp);
  EXPECT_EQ(read_by(reader, "1609723800001", time_ns), BadRow::kNone);
}

TEST(Timestamp, AClockSetBackGivesTheEarlierInstantAndIsCounted) {
  TimestampReader reader = *reader_of("2021-11-07", "America/New_York");
  TimestampNs time_ns = 0;
  ASSERT_EQ(read_by(reader, "2021-11-07 01:30:00", time_ns), BadRow::kNone);
  EXPECT_EQ(time_ns, 1636263000000000000);  // 05:30 UTC, still summer time
  EXPECT_EQ(reader.ambiguous_times(), 1U);
  ASSERT_EQ(read_by(reader, "2021-11-07 01:30:00-05:00", time_ns), BadRow::kNone);
  EXPECT_EQ(time_ns, 1636266600000000000);
  EXPECT_EQ(reader.ambiguous_times(), 1U);
}

TEST(Timestamp, AnHourThatTheClocksSkippedNeverWas) {
  EXPECT_EQ(fault("2021-03-14 02:30:00", "America/New_York"), BadRow::kNonexistentTime);
  EXPECT_EQ(at("2021-03-14 03:00:00", "America/New_York"), 1615705200000000000);
  EXPECT_EQ(at("2021-03-14 01:59:59", "America/New_York"), 1615705199000000000);
}

TEST(Timestamp, RememberedOffsetsAgreeWithFreshOnesThroughTheYears) {
  TimestampReader reader = *reader_of("2021-11-07", "Europe/Berlin");
  for (int year = 1975; year < 2040; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const std::string text = std::to_string(year) + "-" + std::to_string(month) + "-28 12:00:00";
      TimestampNs time_ns = 0;
      ASSERT_EQ(read_by(reader, text, time_ns), BadRow::kNone);
      ASSERT_EQ(time_ns, at(text, "Europe/Berlin")) << text;
    }
  }
}

TEST(Timestamp, AnUnknownZoneIsRefusedByName) {
  auto found = LocalZone::find("Asia/Shangai");
  ASSERT_FALSE(found);
  EXPECT_CONTAINS(found.error().message, "\"Asia/Shangai\"");
}

class TimestampFeed : public FeedTest {};

TEST_F(TimestampFeed, TheUnitIsSaid) {
  Reading got = read_text("symbol,ts,price\na,1609723800123,1\n");
  EXPECT_TRUE(got.noted("timestamps are numbers in milliseconds"));
  got = read_text("symbol,datetime,price\na,2021-01-04 09:30:00,1\n");
  EXPECT_TRUE(got.noted("taken as UTC"));
  FeedOptions options;
  options.time_zone = "Asia/Shanghai";
  got = read_text("symbol,datetime,price\na,2021-01-04 09:30:00,1\n", options);
  EXPECT_TRUE(got.noted("taken as Asia/Shanghai"));
  EXPECT_EQ(got.rows.at(0).timestamp_ns, kOpen);
}

TEST_F(TimestampFeed, DateTimeAndMillisecondColumnsArePutTogether) {
  FeedOptions options;
  options.time_zone = "Asia/Shanghai";
  const Reading got = read_text(
      "TradingDay,InstrumentID,LastPrice,UpdateTime,UpdateMillisec,ActionDay\n"
      "20210104,IF2101,5230,09:30:00,500,20210104\n20210104,IF2101,5230,09:30:01,0,20210104\n",
      options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].timestamp_ns, kOpen + 500'000'000);
  EXPECT_EQ(got.rows[1].timestamp_ns, kOpen + 1'000'000'000);
  EXPECT_TRUE(got.noted("ActionDay + UpdateTime + UpdateMillisec"));
}

TEST_F(TimestampFeed, AnyColumnsCanBePutTogetherByMap) {
  FeedOptions options;
  options.map = {{"timestamp_ns", "D+T"}};
  const Reading got = read_text("symbol,D,T,price\na,2021/1/4,1:30:00.5,1\n", options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).timestamp_ns, kOpen + 500'000'000);
}

TEST_F(TimestampFeed, StampsThatGoBackwardsAreCountedNotReordered) {
  const Reading got = read_text(
      "symbol,ts,price\na,1609723803,1\nb,1609723801,2\na,1609723802,3\na,1609723802,4\n"
      "a,1609723803,5\nb,1609723801,6\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 6U);
  EXPECT_EQ(got.rows[2].values[0], 3);
  EXPECT_EQ(got.report.backward_stamps, 2U);
}

}  // namespace
}  // namespace factorwal::feed
