/// Times and the trading days that they belong to.

#include "factorwal/trading_days.h"

#include <date/date.h>
#include <gtest/gtest.h>

#include <sstream>

#include "archive/days.h"

namespace factorwal::test {
namespace {

TimestampNs at(std::string text) {
  if (text.back() == 'Z') text.replace(text.size() - 1, 1, "+00:00");
  std::istringstream in(text);
  date::sys_time<std::chrono::nanoseconds> time;
  in >> date::parse("%FT%T%Ez", time);
  EXPECT_FALSE(in.fail()) << text;
  return time.time_since_epoch().count();
}

struct DayCase {
  const char* rule;
  const char* time;
  const char* day;
};

TEST(TradingDays, ATimeBelongsToOneDay) {
  for (const auto& [rule, time, day] : std::initializer_list<DayCase>{
           {"00:00 UTC", "2026-11-30T00:00:00Z", "2026-11-30"},
           {"00:00 UTC", "2026-11-29T23:59:59.999999999Z", "2026-11-29"},
           {"00:00 UTC", "1969-12-31T23:59:59Z", "1969-12-31"},
           {"00:00+08:00", "2026-11-28T17:00:00Z", "2026-11-29"},  // a Sunday
           {"06:00 UTC", "2026-11-30T05:59:59Z", "2026-11-29"},
           // Futures of Shanghai: the night of Friday is Monday's.
           {"18:00 Asia/Shanghai", "2026-11-26T17:59:59+08:00", "2026-11-26"},
           {"18:00 Asia/Shanghai", "2026-11-26T21:00:00+08:00", "2026-11-27"},
           {"18:00 Asia/Shanghai", "2026-11-27T02:30:00+08:00", "2026-11-27"},
           {"18:00 Asia/Shanghai", "2026-11-27T21:00:00+08:00", "2026-11-30"},
           {"18:00 Asia/Shanghai", "2026-11-28T02:30:00+08:00", "2026-11-30"},
           {"18:00+08:00", "2026-11-28T02:30:00+08:00", "2026-11-30"},
           // Chicago: clocks change between both.
           {"17:00 America/Chicago", "2026-03-06T22:59:59Z", "2026-03-06"},
           {"17:00 America/Chicago", "2026-03-06T23:00:00Z", "2026-03-09"},
           {"17:00 America/Chicago", "2026-03-09T21:59:59Z", "2026-03-09"},
           {"17:00 America/Chicago", "2026-03-09T22:00:00Z", "2026-03-10"}}) {
    const auto days = TradingDays::parse(rule).value();
    EXPECT_EQ(archive::day_text(days.day_of(at(time))), day) << rule << " " << time;
    EXPECT_EQ(days.text(), rule);
  }
}

TEST(TradingDays, ADayBeginsWithTheFirstTimeThatBelongsToIt) {
  for (const char* rule : {"00:00 UTC", "06:30 UTC", "18:00 Asia/Shanghai", "17:00 America/Chicago",
                           "12:00-03:30", "00:00 America/Sao_Paulo"}) {
    const auto days = TradingDays::parse(rule).value();
    const auto first = days.day_of(at("2017-01-01T12:00:00Z"));
    for (auto day = first; day < first + 800; ++day) {
      const auto begin = days.begin_of(day);
      const auto own = days.day_of(begin);
      EXPECT_GE(own, day) << rule;
      EXPECT_LE(own, day + 2) << rule;  // of a Saturday: Monday
      EXPECT_LT(days.day_of(begin - 1), own) << rule << " " << archive::day_text(day);
    }
  }
}

TEST(TradingDays, WhatIsNoRuleIsRefusedWithOneThatIs) {
  for (const char* rule : {"", "18:00", "18:00 ", "25:00 UTC", "18:60 UTC", "1800 UTC", "18:00+8",
                           "18:00+08:00 ", "-1:00 UTC", "18:00UTC"}) {
    const auto days = TradingDays::parse(rule);
    ASSERT_FALSE(days.has_value()) << rule;
    EXPECT_EQ(days.error().code, Errc::kInvalidArgument) << rule;
    EXPECT_NE(days.error().message.find("18:00 Asia/Shanghai"), std::string::npos);
  }
  const auto unknown = TradingDays::parse("18:00 Asia/Shangai");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace factorwal::test
