#include "factorwal/ctp.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cstring>

#include "factorwal/factor_set.h"
#include "graph/instrument_graph.h"

namespace factorwal {
namespace {

// The layout of CThostFtdcDepthMarketDataField of CTP 6.6.9, its types spelled out.
struct DepthMarketData {
  char TradingDay[9];
  char reserve1[31];
  char ExchangeID[9];
  char reserve2[31];
  double LastPrice;
  double PreSettlementPrice;
  double PreClosePrice;
  double PreOpenInterest;
  double OpenPrice;
  double HighestPrice;
  double LowestPrice;
  int Volume;
  double Turnover;
  double OpenInterest;
  double ClosePrice;
  double SettlementPrice;
  double UpperLimitPrice;
  double LowerLimitPrice;
  double PreDelta;
  double CurrDelta;
  char UpdateTime[9];
  int UpdateMillisec;
  double BidPrice1;
  int BidVolume1;
  double AskPrice1;
  int AskVolume1;
  double BidPrice2;
  int BidVolume2;
  double AskPrice2;
  int AskVolume2;
  double BidPrice3;
  int BidVolume3;
  double AskPrice3;
  int AskVolume3;
  double BidPrice4;
  int BidVolume4;
  double AskPrice4;
  int AskVolume4;
  double BidPrice5;
  int BidVolume5;
  double AskPrice5;
  int AskVolume5;
  double AveragePrice;
  char ActionDay[9];
  char InstrumentID[81];
  char ExchangeInstID[81];
  double BandingUpperPrice;
  double BandingLowerPrice;
};

DepthMarketData rebar(const char* trading_day, const char* time, int volume) {
  DepthMarketData data;
  std::memset(&data, 0, sizeof data);
  std::strcpy(data.InstrumentID, "rb2105");
  std::strcpy(data.TradingDay, trading_day);
  std::strcpy(data.ActionDay, "19990101");  // never to be looked at
  std::strcpy(data.UpdateTime, time);
  data.UpdateMillisec = 500;
  data.LastPrice = 4370;
  data.Volume = volume;
  data.Turnover = volume * 43700.0;
  data.OpenInterest = 1000;
  data.BidPrice1 = 4369;
  data.BidVolume1 = 30;
  data.AskPrice1 = 4370;
  data.AskVolume1 = 10;
  for (double* price : {&data.BidPrice2, &data.AskPrice2, &data.BidPrice3, &data.AskPrice3,
                        &data.BidPrice4, &data.AskPrice4, &data.BidPrice5, &data.AskPrice5}) {
    *price = DBL_MAX;
  }
  return data;
}

double field(const CtpTick& tick, std::string_view name) {
  return tick.values[TickSchema::futures().find(name)->index];
}

constexpr TimestampNs kNsPerSecond = 1'000'000'000;

TEST(Ctp, FillsTheFuturesSchema) {
  static_assert(std::tuple_size_v<decltype(CtpTick::values)> == 24);
  ASSERT_EQ(TickSchema::futures().size(), 24u);
  CtpConverter converter;
  (void)converter.convert(rebar("20210104", "09:30:00", 100));
  const DepthMarketData data = rebar("20210104", "09:30:00", 107);
  const CtpTick tick = converter.convert(data).value();
  EXPECT_EQ(tick.instrument_id, "rb2105");
  EXPECT_EQ(tick.timestamp_ns, 1609723800 * kNsPerSecond + 500'000'000);  // 01:30 UTC
  EXPECT_EQ(field(tick, "close"), 4370);
  EXPECT_EQ(field(tick, "volume"), 7);
  EXPECT_EQ(field(tick, "turnover"), 7 * 43700.0);
  EXPECT_EQ(field(tick, "open_interest"), 1000);
  EXPECT_EQ(field(tick, "bid"), 4369);
  EXPECT_EQ(field(tick, "bid_volume"), 30);
  EXPECT_EQ(field(tick, "ask"), 4370);
  EXPECT_EQ(field(tick, "ask_volume"), 10);
  EXPECT_TRUE(std::isnan(field(tick, "bid2")));
  EXPECT_EQ(field(tick, "bid_volume2"), 0);
}

TEST(Ctp, AOneSidedBookHasNoMidAndAnImbalanceOfOne) {
  CtpConverter converter;
  DepthMarketData data = rebar("20210104", "09:30:00", 1);
  data.AskPrice1 = 0;
  data.AskVolume1 = 0;
  const CtpTick tick = converter.convert(data).value();
  EXPECT_TRUE(std::isnan(field(tick, "ask")));
  const FactorSet set =
      FactorSet::parse("factor m = mid\nfactor q = queue_imbalance()", TickSchema::futures())
          .value();
  graph::InstrumentGraph graph(set.plan());
  double out[2];
  graph.evaluate(tick.values, out);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 1);
}

TEST(Ctp, NegativePricesAreValidAndDblMaxIsMissing) {
  CtpConverter converter;
  DepthMarketData data = rebar("20210104", "09:30:00", 1);
  data.LastPrice = -37.63;
  data.Turnover = DBL_MAX;
  const CtpTick tick = converter.convert(data).value();
  EXPECT_EQ(field(tick, "close"), -37.63);
  EXPECT_TRUE(std::isnan(field(tick, "turnover")));
}

TEST(Ctp, DatesOfTheNightSessionComeFromTheTradingDay) {
  CtpConverter converter;
  const auto at = [&](const char* trading_day, const char* time) {
    return converter.convert(rebar(trading_day, time, 1))->timestamp_ns / kNsPerSecond;
  };
  // The night before Tuesday 2021-01-05 is Monday's.
  EXPECT_EQ(at("20210105", "21:00:00"), 1609765200);  // 2021-01-04 13:00 UTC
  EXPECT_EQ(at("20210105", "01:00:00"), 1609779600);  // 2021-01-04 17:00 UTC
  EXPECT_EQ(at("20210105", "09:00:00"), 1609808400);  // 2021-01-05 01:00 UTC
  // The night before Monday 2021-01-11 is Friday's; after midnight it is Saturday.
  EXPECT_EQ(at("20210111", "21:00:00"), 1610110800);  // 2021-01-08 13:00 UTC
  EXPECT_EQ(at("20210111", "02:00:00"), 1610128800);  // 2021-01-08 18:00 UTC
}

TEST(Ctp, TheUsersCalendarAndTradingDayWin) {
  CtpOptions options;
  options.previous_trading_day = [](DateNumber) { return DateNumber{20201231}; };
  options.trading_day = 20210104;
  CtpConverter converter(options);
  const CtpTick tick = converter.convert(rebar("20201231", "21:00:00", 1)).value();
  EXPECT_EQ(tick.trading_day, 20210104);
  EXPECT_EQ(tick.timestamp_ns / kNsPerSecond, 1609419600);  // 2020-12-31 13:00 UTC
}

TEST(Ctp, TotalsBecomeIncrementsAndStartAnewWithTheTradingDay) {
  CtpConverter converter;
  const auto volume = [&](const char* trading_day, int total) {
    return field(converter.convert(rebar(trading_day, "10:00:00", total)).value(), "volume");
  };
  EXPECT_TRUE(std::isnan(volume("20210104", 500)));
  EXPECT_EQ(volume("20210104", 520), 20);
  EXPECT_EQ(volume("20210105", 30), 30);
  converter.note_gap();
  EXPECT_TRUE(std::isnan(volume("20210105", 90)));
  EXPECT_EQ(volume("20210105", 91), 1);
}

TEST(Ctp, RefusesWhatIsNoTickAndLeavesTheTotals) {
  CtpConverter converter;
  (void)converter.convert(rebar("20210104", "09:30:00", 100));
  for (const char* day : {"", "2021010", "20210230", "20211301", "abcdefgh"}) {
    EXPECT_FALSE(converter.convert(rebar(day, "09:30:00", 150))) << day;
  }
  for (const char* time : {"", "9:30:00", "24:00:00", "09:60:00", "09-30-00"}) {
    EXPECT_FALSE(converter.convert(rebar("20210104", time, 150))) << time;
  }
  DepthMarketData nameless = rebar("20210104", "09:30:00", 150);
  nameless.InstrumentID[0] = '\0';
  EXPECT_FALSE(converter.convert(nameless));
  const auto bad_day = converter.convert(rebar("20210230", "09:30:00", 150));
  EXPECT_EQ(bad_day.error().message, "CTP tick of \"rb2105\": TradingDay is \"20210230\"");
  EXPECT_EQ(field(converter.convert(rebar("20210104", "09:30:01", 101)).value(), "volume"), 1);
}

TEST(Ctp, CalendarArithmeticHoldsForACentury) {
  for (std::int64_t day = 0; day < 36525; ++day) {
    ASSERT_EQ(ctp_detail::day_number(ctp_detail::date_of(day)), day);
  }
  EXPECT_EQ(ctp_detail::day_number(20210104), 18631);
  EXPECT_EQ(previous_weekday(20210104), 20210101);
  EXPECT_EQ(previous_weekday(20210103), 20210101);
  EXPECT_EQ(previous_weekday(20210301), 20210226);
}

}  // namespace
}  // namespace factorwal
