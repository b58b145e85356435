// Forms of files that are known, and what is asked where a file does not tell.
#include <cmath>

#include "feed/columns/column_names.h"
#include "feed/columns/word_cells.h"
#include "feed/feed_fixture.h"
#include "feed/files/instrument_name.h"

namespace factorwal::feed {
namespace {

class VendorForms : public FeedTest {};

constexpr std::string_view kKlines =
    "1709251200000,50,52,49,51,10,1709251259999,505,3,4,200,0\n"
    "1709251260000,51,53,50,52,10,1709251319999,515,3,4,206,0\n";

TEST_F(VendorForms, WhatTheUserSaysComesBeforeTheForm) {
  const std::string text =
      "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
      "taker_buy_quote_volume,ignore\n1709251200000,50,52,49,51,10,1709251259999,505,3,4,200,0\n";
  const Reading at_close = read_text(text, mapped("timestamp_ns=close_time", one()));
  ASSERT_EQ(at_close.error, "");
  EXPECT_EQ(at_close.rows.at(0).timestamp_ns, 1709251259999000000);
  EXPECT_EQ(column(at_close, "turnover").at(0), 505) << "the rest of the form stays";
  const Reading other = read_text(text, mapped("turnover=taker_buy_quote_volume", one()));
  EXPECT_EQ(column(other, "turnover").at(0), 200);
  const Reading own = read_text(text, mapped("money=quote_volume", one()));
  EXPECT_EQ(column(own, "money").at(0), 505);
  FeedOptions named = one();
  named.header = {"timestamp", "a", "b", "c", "close", "d", "e", "f", "g", "h", "i", "j"};
  const Reading with_header = read_text(std::string(kKlines), named);
  ASSERT_EQ(with_header.error, "");
  EXPECT_EQ(with_header.fields.at(0), "a");
}

TEST_F(VendorForms, FilesWithoutAHeaderAreReadOnlyWhereTheirRowsTellTheForm) {
  EXPECT_EQ(read_text(std::string(kKlines), one()).error, "");
  const Reading marked = read_text("\xEF\xBB\xBF" + std::string(kKlines), one());
  EXPECT_EQ(marked.error, "");
  EXPECT_EQ(marked.rows.size(), 2U) << "a byte order mark is no part of the first row";
  // One number changed each: a high below the close, an interval of 61 seconds, no count.
  for (const std::string_view line :
       {"1709251320000,51,51.5,50,52,10,1709251379999,515,3,4,206,0\n",
        "1709251320000,51,53,50,52,10,1709251380999,515,3,4,206,0\n",
        "1709251320000,51,53,50,52,10,1709251379999,515,3.5,4,206,0\n",
        "1709251320000,51,53,50,52,10,1709251379999,515,3,4,206,x\n"}) {
    const Reading got = read_text(std::string(kKlines) + std::string(line), one());
    EXPECT_CONTAINS(got.error, "seems to have no header") << line;
    EXPECT_CONTAINS(got.error, "--header gives the names of its 12 columns") << line;
  }
  EXPECT_CONTAINS(read_text("1,700,2,1500,1735776000000123,True,True\n", one()).error, "no header")
      << "price times quantity is not that";
}

std::string bars(std::string_view last_column, bool close_first) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    const std::string open = std::to_string(100 + i);
    const std::string close = std::to_string(101 + i);
    text += "2024-01-02 09:" + std::to_string(30 + i) + ":00," + (close_first ? close : open) +
            "," + std::to_string(103 + i) + "," + std::to_string(99 + i) + "," +
            (close_first ? open : close) + "," + std::string(last_column) + "\n";
  }
  return text;
}

TEST_F(VendorForms, BarsOfAnybodyAreReadWhereOpenAndCloseAreSeenInThem) {
  const Reading got = read_text(bars("5000", false), one());
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(got.noted("has no header; read as bars"));
  EXPECT_EQ(column(got, "open").at(3), 103);
  EXPECT_EQ(column(got, "close").at(3), 104);
  EXPECT_EQ(column(got, "volume").at(3), 5000);
  EXPECT_CONTAINS(read_text(bars("5000", true), one()).error, "no header")
      << "the close stands first";
  EXPECT_CONTAINS(read_text(bars("101", false), one()).error, "no header")
      << "the last column may be a further price";
  const std::string few = bars("5000", false);
  EXPECT_CONTAINS(read_text(few.substr(0, few.size() / 2), one()).error, "no header")
      << "few rows may be so by chance";
}

TEST_F(VendorForms, PricesOfLeanAreAskedAboutWhereNoFolderTellsTheirUnit) {
  const std::string rows = "34200000,4001600,4002500,4000900,4002100,125000\n";
  const std::string file = write("20240102_spy_minute_trade.csv", rows);
  const Reading asked = read({file});
  EXPECT_CONTAINS(asked.error,
                  "--scale open=1,high=1,low=1,close=1 or "
                  "--scale open=1e-04,high=1e-04,low=1e-04,close=1e-04 says which");
  FeedOptions scaled;
  scaled.scale = *parse_scales("open=1e-04,high=1e-04,low=1e-04,close=1e-04");
  const Reading got = read({file}, scaled);
  ASSERT_EQ(got.error, "");
  EXPECT_DOUBLE_EQ(column(got, "close").at(0), 400.21);
  EXPECT_EQ(got.rows.at(0).timestamp_ns, 1704187800000000000);
  scaled.scale = *parse_scales("open=1,high=1,low=1,close=1");
  EXPECT_EQ(column(read({file}, scaled), "close").at(0), 4002100);
}

TEST_F(VendorForms, AFolderTellsWhatAFileOfLeanIsWhereItsNameDoesNot) {
  const std::string folder = path("equity/usa/minute/spy");
  std::filesystem::create_directories(folder);
  std::filesystem::create_directories(path("elsewhere/spy"));
  const std::string rows = "34200000,4001600,4002500,4000900,4002100,125000\n";
  const Reading got = read({write("equity/usa/minute/spy/20240102_trade.csv", rows)});
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).instrument_id, "spy");
  EXPECT_EQ(got.rows.at(0).timestamp_ns, 1704187800000000000);
  EXPECT_DOUBLE_EQ(column(got, "close").at(0), 400.21);
  EXPECT_CONTAINS(read({write("elsewhere/spy/20240102_trade.csv", rows)}).error, "no header");
  EXPECT_CONTAINS(read({write("equity/usa/minute/spy/20241302_trade.csv", rows)}).error,
                  "no header")
      << "no date";
}

TEST_F(VendorForms, MinutesBehindAnIdAreNoPartOfItAndAreAskedAboutWhereTheyMayBe) {
  const std::string rows = "2024.01.02,00:00,50,52,49,51,35\n2024.01.02,01:00,51,53,50,52,28\n";
  EXPECT_EQ(read({write("EURUSD1440.csv", rows)}).rows.at(0).instrument_id, "EURUSD");
  EXPECT_EQ(read({write("EURUSD.csv", rows)}).rows.at(0).instrument_id, "EURUSD");
  EXPECT_CONTAINS(read({write("US3060.csv", rows)}).error, "--instrument US3060");
}

TEST_F(VendorForms, AHeaderOfThreeLinesIsThatOfOneTicker) {
  const std::string fields = "Price,Close,High,Low,Open,Volume\n";
  const std::string index = "Date,,,,,\n2024-01-02,51,52,49,50,10\n2024-01-03,52,53,50,51,11\n";
  const std::string text = fields + "Ticker,NVDA,NVDA,NVDA,NVDA,NVDA\n" + index;
  const Reading got = read_text(text);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).instrument_id, "NVDA");
  EXPECT_EQ(column(got, "close"), (std::vector<double>{51, 52}));
  EXPECT_EQ(got.rows.at(0).row_number, 0U);
  const Reading rest = read({path("ticks.csv")}, {}, got.rows.at(0).position);
  ASSERT_EQ(rest.error, "");
  EXPECT_EQ(rest.rows.size(), 1U);
  EXPECT_EQ(read_text(text, one()).rows.at(0).instrument_id, "A");
  EXPECT_CONTAINS(read_text(fields + "Ticker,NVDA,AMD,NVDA,NVDA,NVDA\n" + index).error,
                  "several instruments side by side");
}

TEST_F(VendorForms, AWeekdayBehindADateMustBeItsOwn) {
  const std::string header = "symbol,datetime,close\n";
  const Reading got = read_text(header +
                                "a,2024/1/2 星期二 09:30:00,1\na,2024/1/7 星期日,2\n"
                                "a,1969/12/31 星期三,3\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).timestamp_ns, 1704187800000000000);
  EXPECT_EQ(got.rows.at(1).timestamp_ns, 1704585600000000000);
  EXPECT_EQ(got.rows.at(2).timestamp_ns, -86400000000000);
  EXPECT_CONTAINS(read_text(header + "a,2024/1/2 星期二,1\na,2024/1/3 星期二,1\n").error,
                  "is not a timestamp that can be read");
  EXPECT_CONTAINS(read_text(header + "a,2024/1/2 星期,1\n").error, "cannot be read");
}

TEST_F(VendorForms, PricesOfDatabentoAreAskedAboutWhereBothUnitsFit) {
  const std::string header =
      "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
      "ts_in_delta,sequence\n";
  const auto text = [&](const std::string& price) {
    return header + "1704205800000123456,1704205800000100000,0,2,38,T,B,0," + price +
           ",1,0,1,1\n1704205800000123456,1704205800000100000,0,2,38,T,B,0,185640000000,1,0,1,1\n";
  };
  EXPECT_DOUBLE_EQ(column(read_text(text("185630000000")), "close").at(0), 185.63);
  EXPECT_CONTAINS(read_text(text("185.63")).error,
                  "--scale close=1 or --scale close=1e-09 says which");
  EXPECT_CONTAINS(read_text(header).error, "--scale close=1 or --scale close=1e-09 says which")
      << "no row tells it yet";
  FeedOptions told;
  told.scale = *parse_scales("close=1");
  EXPECT_EQ(column(read_text(text("185.63"), told), "close").at(0), 185.63);
  EXPECT_DOUBLE_EQ(column(read_text(text("9223372036854775807")), "close").at(1), 185.64);
  EXPECT_TRUE(std::isnan(column(read_text(text("9223372036854775807")), "close").at(0)));
}

TEST_F(VendorForms, TheGreatestWholeNumberIsNoPrice) {
  const Reading got = read_text("symbol,ts,price\na,1700000000,9223372036854775807\n");
  EXPECT_TRUE(std::isnan(column(got, "close").at(0)));
}

TEST_F(VendorForms, AnAmountOfAnExchangeThatTardisDoesNotRecordIsAskedAbout) {
  const std::string header = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n";
  const std::string row = ",BTC-PERP,1583139600000000,1583139600100000,1,buy,8500,3\n";
  EXPECT_CONTAINS(read_text(header + "x" + row).error, "may be a quantity or money");
  EXPECT_EQ(column(read_text(header + "okex-swap" + row), "volume").at(0), 3);
  EXPECT_CONTAINS(read_text(header + "okexes" + row).error, "may be a quantity or money");
}

TEST_F(VendorForms, AnIdIsTakenFromAFilesNameOnlyWhereItCanBeNothingElse) {
  const std::string text = "timestamp,close\n1700000000,1\n";
  const Reading plain = read({write("BTCUSDT-2024-01-02.csv", text)});
  ASSERT_EQ(plain.error, "");
  EXPECT_EQ(plain.rows.at(0).instrument_id, "BTCUSDT");
  EXPECT_TRUE(plain.noted("it is \"BTCUSDT\", as the file's name says (--instrument gives"));
  for (const char* name : {"ticks.csv", "DATA.csv", "my file.csv", "rb2105.csv", "2024.csv"}) {
    EXPECT_CONTAINS(read({write(name, text)}).error, "--instrument ") << name;
  }
  FeedOptions options = one();
  EXPECT_EQ(read({path("BTCUSDT-2024-01-02.csv")}, options).rows.at(0).instrument_id, "A");
}

TEST(FileNames, SayTheInstrumentOfAFileThatHasOne) {
  const std::pair<const char*, const char*> names[] = {
      {"x/BTCUSDT-1m-2024-01.csv.gz", "BTCUSDT"},
      {"BTCUSDT-trades-2024-08-08.zip", "BTCUSDT"},
      {"BTC-USDT-SWAP-trades-2024-08-08.csv", "BTC-USDT-SWAP"},
      {"BTCUSDT2020-03-02.csv.gz", "BTCUSDT"},
      {"rb2105_20210104.csv", "rb2105"},
      {"20210104_rb2105.csv", "rb2105"},
      {"rb2105.csv", "rb2105"},
      {"EURUSD_M1_202401020000_202401022359.csv", "EURUSD"},
      {"EURUSD_Candlestick_1_M_BID_01.01.2020-31.01.2020.csv", "EURUSD"},
      {"DAT_ASCII_EURUSD_T_202001.csv", "EURUSD"},
      {"CFFEX.IF2401.csv", "CFFEX.IF2401"},
      {"SHFE.rb.HOT_m5.csv", "SHFE.rb.HOT"},
      {"SHFE.rb.HOT_d.csv", "SHFE.rb.HOT"},
      {"600000.SH.csv", "600000.SH"},
      {"AAPL_full_1min_UNADJ.txt", "AAPL"},
      {"IC_M.csv", "IC_M"},
      {"trades.csv", ""},
      {"2024-01-02.csv.gz", ""},
      {"20240102.csv", ""},
      {"-", ""},
  };
  for (const auto& [name, instrument] : names) {
    EXPECT_EQ(instrument_of_name(name), instrument) << name;
  }
  for (const char* plain :
       {"BTCUSDT", "BRK.B", "^GSPC", "ES=F", "BTC-USD", "600000.SH", "SHFE.rb.HOT"}) {
    EXPECT_TRUE(is_plain_instrument(plain)) << plain;
  }
  for (const char* other : {"", "btc", "TRADES", "DATA", "123", "A B", "TEST", "a.rb", "2024Q1"}) {
    EXPECT_FALSE(is_plain_instrument(other)) << other;
  }
}

TEST_F(VendorForms, SidesAreOneAndMinusOneAndFlagsOneAndZero) {
  const Reading got = read_text(
      "symbol,ts,price,side,open_close,is_best,flag\na,1700000000,1,Buy,T,t,TRUE\n"
      "a,1700000001,1,SELL,F,f,False\na,1700000002,1,,T,,\na,1700000003,1,unknown,F,f,true\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "side").at(0), 1);
  EXPECT_EQ(column(got, "side").at(1), -1);
  EXPECT_TRUE(std::isnan(column(got, "side").at(2)));
  EXPECT_TRUE(std::isnan(column(got, "side").at(3)));
  EXPECT_EQ(column(got, "is_best").at(0), 1);
  EXPECT_EQ(column(got, "is_best").at(1), 0);
  EXPECT_EQ(column(got, "flag").at(1), 0);
  EXPECT_TRUE(got.noted("columns left out, not numbers: \"open_close\"")) << "T may be anything";
  EXPECT_TRUE(got.noted("buy is 1 and sell -1 in \"side\""));
  EXPECT_TRUE(got.noted("true is 1 and false 0 in \"is_best\", \"flag\""));
  const Reading numbers = read_text("symbol,ts,price,side\na,1700000000,1,-1\na,1700000001,1,1\n");
  EXPECT_EQ(column(numbers, "side"), (std::vector<double>{-1, 1}));
  const Reading wrong = read_text("symbol,ts,price,side\na,1700000000,1,up\n");
  EXPECT_TRUE(wrong.noted("columns left out, not numbers: \"side\""));
  const Reading renamed =
      read_text("symbol,ts,price,Type\na,1700000000,1,b\na,1700000001,1,s\n", mapped("side=Type"));
  EXPECT_EQ(column(renamed, "side"), (std::vector<double>{1, -1}));
}

TEST_F(VendorForms, WordsBehindTheFirstRowsAreReadAlikeOrMissing) {
  std::string text = "symbol,ts,price,side\n";
  for (int i = 0; i < 250; ++i) text += "a," + std::to_string(1700000000 + i) + ",1,B\n";
  const Reading got = read_text(text + "a,1700000300,1,S\na,1700000301,1,X\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "side").at(250), -1);
  EXPECT_TRUE(std::isnan(column(got, "side").at(251)));
  EXPECT_TRUE(got.noted("\"X\" is not a number"));
}

TEST(SideWords, AreReadInAnyCase) {
  for (const std::string_view buy : {"buy", "B", "Bid", "LONG", "买", "买入", "多", " b "}) {
    double value = 0;
    EXPECT_TRUE(parse_side(buy, value)) << buy;
    EXPECT_EQ(value, 1) << buy;
  }
  for (const std::string_view sell : {"sell", "S", "A", "ask", "Short", "卖", "空"}) {
    double value = 0;
    EXPECT_TRUE(parse_side(sell, value)) << sell;
    EXPECT_EQ(value, -1) << sell;
  }
  double value = 7;
  EXPECT_FALSE(parse_side("bought", value));
  EXPECT_FALSE(parse_flag("T", false, value));
  EXPECT_EQ(value, 7) << "untouched";
}

TEST_F(VendorForms, SizeIsTheVolumeBesideAPriceAndWithoutOne) {
  EXPECT_EQ(column(read_text("symbol,ts,price,size\na,1700000000,1,5\n"), "volume").at(0), 5);
  const Reading both = read_text("symbol,ts,price,size,volume\na,1700000000,1,5,6\n");
  EXPECT_EQ(column(both, "volume").at(0), 6);
  EXPECT_EQ(column(both, "size").at(0), 5);
  const Reading quotes = read_text("symbol,ts,bid,ask,size\na,1700000000,1,2,5\n");
  EXPECT_EQ(column(quotes, "size").at(0), 5) << "without a price it may be anything";
}

TEST(LevelNames, CountFromOneOrFromZero) {
  const std::pair<const char*, const char*> names[] = {
      {"bids[0].price", "bid"}, {"asks[4].amount", "ask_volume5"},
      {"bid_px_00", "bid"},     {"ask_sz_09", "ask_volume10"},
      {"bid_price_1", "bid"},   {"ask_volume_3", "ask_volume3"},
      {"bidprice1", "bid"},     {"askqty10", "ask_volume10"},
      {"申买价一", "bid"},      {"申卖量五", "ask_volume5"},
      {"买一价", "bid"},        {"卖2量", "ask_volume2"},
      {"best_bid", "bid"},      {"best_ask_qty", "ask_volume"},
      {"asize", "ask_volume"}};
  for (const auto& [name, field] : names) EXPECT_EQ(known_field(name), field) << name;
  for (const char* other : {"bid_ct_00", "bid_price_0", "bidder", "买入", "买卖方向", "ask_1"}) {
    EXPECT_EQ(known_field(other), std::nullopt) << other;
  }
  const std::vector<std::string> header = {"bid_price_0", "bid_price_1"};
  EXPECT_EQ(known_field("bid_price_0", header), "bid");
  EXPECT_EQ(known_field("bid_price_1", header), "bid2");
}

TEST_F(VendorForms, ChineseHeadersBehindAByteOrderMarkAndInQuotesAreRead) {
  const Reading got = read_text(
      "\xEF\xBB\xBF\"代码\",\"日期\",\"时间\",\"最新价\",\"成交量(手)\",\"成交额（元）\","
      "\"买卖方向\"\r\n"
      "600000,2024-01-02,09:30:03,6.62,10,6620,买\r\n600000,2024-01-02,09:30:06,6.61,5,3305,"
      "卖\r\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close", "volume", "turnover", "买卖方向"}));
  EXPECT_EQ(got.rows.at(1).timestamp_ns, 1704187806000000000);
  EXPECT_EQ(got.rows.at(1).values, (std::vector<double>{6.61, 5, 3305, -1}));
}

TEST_F(VendorForms, AVolumeThatNeverFallsWithinATradingDayIsAskedAbout) {
  const std::string header = "InstrumentID,TradingDay,UpdateTime,LastPrice,Volume,BidPrice1\n";
  const std::string first = "a,20240102,09:30:00,10,100,9\na,20240102,09:30:01,10,110,9\n";
  EXPECT_TRUE(
      read_text(header + first + "a,20240102,09:30:02,10,130,9\n")
          .noted("\"Volume\" never falls in the first rows; if it is the running total of a "
                 "trading day, --volume cumulative makes it"));
  EXPECT_FALSE(read_text(header + first + "a,20240102,09:30:02,10,5,9\n").noted("never falls"));
}

TEST_F(VendorForms, AFileWithoutAHeaderIsReadOnFromWhereARunStopped) {
  const std::string file = write("BTCUSDT-1m-2024-03.csv", kKlines);
  const Reading whole = read({file});
  ASSERT_EQ(whole.rows.size(), 2U) << whole.error;
  const Reading rest = read({file}, {}, whole.rows.at(0).position);
  ASSERT_EQ(rest.error, "");
  ASSERT_EQ(rest.rows.size(), 1U);
  EXPECT_EQ(rest.rows.at(0).timestamp_ns, whole.rows.at(1).timestamp_ns);
  EXPECT_EQ(rest.rows.at(0).row_number, 1U);
}

}  // namespace
}  // namespace factorwal::feed
