// Files as people have them: each stands for a kind that was read wrongly, or not at all.
#include <cmath>
#include <limits>

#include "feed/feed_fixture.h"
#include "feed/number.h"

namespace factorwal::feed {
namespace {

class FieldCases : public FeedTest {
 protected:
  using Names = std::vector<std::string>;
};

// 03a: 000001 is an index at SSE and a bank at SZSE.
TEST_F(FieldCases, ASymbolUnderTwoExchangesIsToldAndCanBeKeptApart) {
  const std::string text =
      "exchange,symbol,datetime,last_price,volume\nSSE,000001,2020-03-02 09:30:00,3000,1\n"
      "SZSE,000001,2020-03-02 09:30:00,15,1\nSSE,000001,2020-03-02 09:30:03,3010,1\n";
  const Reading one_id = read_text(text);
  ASSERT_EQ(one_id.error, "");
  EXPECT_TRUE(one_id.noted("\"000001\" is under two exchanges, \"SSE\" and \"SZSE\""));
  EXPECT_TRUE(one_id.noted("--map instrument_id=exchange+symbol"));
  const Reading apart = read_text(text, mapped("instrument_id=exchange+symbol"));
  ASSERT_EQ(apart.error, "");
  EXPECT_EQ(apart.rows.at(0).instrument_id, "SSE.000001");
  EXPECT_EQ(apart.rows.at(1).instrument_id, "SZSE.000001");
  EXPECT_EQ(apart.rows.at(2).instrument_id, "SSE.000001");
  const Reading same = read_text("venue,ticker,ts,price\nN,AA,1583107200,1\nN,BB,1583107201,2\n");
  EXPECT_FALSE(same.noted("two exchanges"));
}

// 04a: the run stopped at a text in a column that nobody had asked for.
TEST_F(FieldCases, AColumnNobodyAskedForCostsNoRow) {
  const Reading early = read_text(
      "ticker,conditions,price,sip_timestamp,size\nAA,37,20,1700000000000000000,10\n"
      "AA,\"12,37\",21,1700000001000000000,5\nAA,37,22,1700000002000000000,7\n",
      mapped("timestamp_ns=sip_timestamp"));
  ASSERT_EQ(early.error, "");
  EXPECT_EQ(column(early, "close"), (std::vector<double>{20, 21, 22}));
  EXPECT_TRUE(early.noted("columns left out, not numbers: \"conditions\""));
  std::string text = "ticker,ts,price,flags\n";
  for (int i = 0; i < 300; ++i) text += "AA," + std::to_string(1583107200 + i) + ",20,1\n";
  const Reading late = read_text(text + "AA,1583108000,21,X1\nAA,1583108001,22,X2\n");
  ASSERT_EQ(late.error, "");
  ASSERT_EQ(late.rows.size(), 302U);
  EXPECT_EQ(late.rows[300].values[0], 21);
  EXPECT_TRUE(std::isnan(late.rows[300].values[1]));
  EXPECT_TRUE(late.noted("line 302: column \"flags\" (4): \"X1\" is not a number"));
  EXPECT_CONTAINS(read_text(text + "AA,1583108000,x,1\n").error, "\"x\" is not a number")
      << "but a price is asked for";
  EXPECT_CONTAINS(read_text(text + "AA,1583108000,1,x\n", mapped("signal=flags")).error,
                  "\"x\" is not a number")
      << "and so is a column that --map names";
}

// 05: `10` of a line that was still being written became durable, and --resume was refused for
// ever.
TEST_F(FieldCases, AnUnfinishedLastLineWaits) {
  const std::string begin =
      "symbol,timestamp,volume,price\nA,1700000000,1,1056.5\nA,1700000001,1,1057.5\n"
      "A,1700000002,1,10";
  const Reading first = read_text(begin);
  ASSERT_EQ(first.error, "");
  ASSERT_EQ(first.rows.size(), 2U);
  EXPECT_TRUE(first.noted("its last line has no line end, and waits"));
  write("ticks.csv", begin + "58.5\nA,1700000003,1,1059.5\n");
  const Reading rest = read({path("ticks.csv")}, {}, first.rows.back().position);
  ASSERT_EQ(rest.error, "");
  EXPECT_EQ(column(rest, "close"), (std::vector<double>{1058.5, 1059.5}));
  EXPECT_FALSE(rest.noted("waits"));

  FeedOptions options;
  options.take_last_line = true;
  EXPECT_EQ(read_text(begin, options).rows.size(), 3U);
  EXPECT_EQ(read({write("t.csv.gz", gzip(begin))}).rows.size(), 3U) << "packed: it will not grow";
  const std::string day1 = write("1.csv", begin);
  const std::string day2 = write("2.csv", "symbol,timestamp,volume,price\nA,1700000009,1,9\n");
  EXPECT_EQ(read({day1, day2}).rows.size(), 4U) << "another file follows: the first is finished";
  const Reading quoted = read_text(
      "symbol,timestamp,note,price\nA,1700000000,x,1\n"
      "A,1700000001,\"two\nlines\",10");
  ASSERT_EQ(quoted.error, "");
  EXPECT_EQ(quoted.rows.size(), 1U);
  EXPECT_CONTAINS(read_text("symbol,timestamp").error, "no line end yet");
}

// 06a: totals that were corrected within a day summed to 1,036,000.
TEST_F(FieldCases, AFallOfATotalWithinATradingDayIsACorrection) {
  FeedOptions options;
  options.volume_mode = VolumeMode::kCumulative;
  const auto sum = [&](const std::string& text) {
    const Reading got = read_text(text, options);
    EXPECT_EQ(got.error, "");
    double traded = 0;
    for (const double volume : column(got, "volume")) traded += std::isnan(volume) ? 0 : volume;
    return std::pair(traded, got.report.volume_corrections);
  };
  EXPECT_EQ(sum("symbol,TradingDay,timestamp,price,volume\n"
                "A,20200302,1583112600,10,1000000\nA,20200302,1583112605,10,1016000\n"
                "A,20200302,1583112610,10,1005000\nA,20200302,1583112615,10,1020000\n"
                "A,20200303,1583199000,10,300\nA,,1583199001,10,200\nA,,1583199002,10,310\n"),
            std::pair(20310.0, std::uint64_t{2}));
  const std::string undated =
      "symbol,timestamp,price,volume\nA,1583112600,10,1000\nA,1583112605,10,1200\n"
      "A,1583112606,10,1100\nA,1583112607,10,1300\n";
  EXPECT_EQ(sum(undated), std::pair(300.0, std::uint64_t{1})) << "no column tells the day";
  EXPECT_EQ(sum(undated + "A,1583125000,10,70\nA,1583125001,10,90\n"),
            std::pair(390.0, std::uint64_t{1}))
      << "after three hours it is another day";
  options.volume_mode = VolumeMode::kSession;
  EXPECT_EQ(sum(undated), std::pair(1500.0, std::uint64_t{0}));
}

// 08: DBN's undefined price, and prices in units of 1e-9.
TEST_F(FieldCases, NumbersThatStandForNoneAreMissingAndScalesAreApplied) {
  FeedOptions options = mapped("timestamp_ns=ts_event,bid_price1=bid_px_00,ask_price1=ask_px_00");
  options.missing = *parse_missing("9223372036854775807");
  options.scale = *parse_scales("close=1e-9,bid_price1=1e-9,ask=1e-9");
  const Reading got = read_text(
      "ts_event,instrument_id,price,size,bid_px_00,ask_px_00\n"
      "1583162100000000000,77,2950250000000,2,2950000000000,9223372036854775807\n",
      options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "close").at(0), 2950250000000 * 1e-9);
  EXPECT_EQ(column(got, "bid").at(0), 2950000000000 * 1e-9);
  EXPECT_TRUE(std::isnan(column(got, "ask").at(0)));
}

// 09: 0 for "no price".
TEST_F(FieldCases, ZeroIsMissingOnlyWhereItIsToldTo) {
  FeedOptions options;
  options.missing = *parse_missing("last_price=0,ask_price1=0");
  const Reading got = read_text(
      "symbol,timestamp,last_price,volume,bid_price1,ask_price1\nA,1700000000,0,0,9.9,10.1\n"
      "A,1700000003,11,1,11,0\n",
      options);
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(std::isnan(column(got, "close").at(0)));
  EXPECT_EQ(column(got, "volume").at(0), 0);
  EXPECT_TRUE(std::isnan(column(got, "ask").at(1)));
  for (const std::string_view bad : {"", "x", "=0", "a=", "a=x"}) {
    EXPECT_FALSE(parse_missing(bad)) << bad;
    EXPECT_FALSE(parse_scales(bad)) << bad;
  }
  EXPECT_FALSE(parse_scales("2")) << "a scale has a field";
}

// 10: what pandas writes. The hint was `timestamp_ns=`, which was refused.
TEST_F(FieldCases, AColumnWithoutANameIsCalledByItsNumber) {
  const std::string text =
      ",Open,High,Low,Close,Volume\n2020-03-02 09:00:00,50,52,49,51,10\n"
      "2020-03-02 10:00:00,51,53,50,52,11\n";
  EXPECT_CONTAINS(read_text(text, one()).error, "--map 'timestamp_ns=#1'");
  const Reading got = read_text(text, mapped("timestamp_ns=#1", one()));
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(1).timestamp_ns, 1583143200000000000);
  EXPECT_CONTAINS(read_text(text, mapped("timestamp_ns=#7", one())).error, "\"#7\"");
  EXPECT_CONTAINS(read_text(text, mapped("timestamp_ns=#0", one())).error, "\"#0\"");
}

// 12a: the hint took what takers bought for a bid.
TEST_F(FieldCases, NoHintIsBetterThanAWrongOne) {
  const std::string text =
      "open_time,open,high,low,close,volume,close_time,taker_buy_volume\n"
      "1583139600000,50,52,49,51,10,1583139659999,4\n";
  const Reading got = read_text(text, one());
  EXPECT_CONTAINS(got.error, "--map timestamp_ns=open_time");
  EXPECT_EQ(got.error.find("taker"), got.error.rfind("taker")) << got.error;
  const Reading followed = read_text(text, mapped("timestamp_ns=open_time", one()));
  EXPECT_EQ(followed.error, "");
}

// 13: `factors --ticks` asked for an option that it lacks.
TEST_F(FieldCases, TheNamesOfFieldsNeedNeitherInstrumentNorTime) {
  FeedOptions options;
  options.fields_only = true;
  const std::string file =
      write("yahoo.csv", "Date,Open,High,Low,Close,Adj Close,Volume\n2020-03-02,50,52,49,51,5,1\n");
  auto source = TickSource::open({file}, options);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_TRUE((*source)->schema().find("close"));
  EXPECT_FALSE((*source)->schema().find("Date"));
  source = TickSource::open({write("plain.csv", "close,volume\n51,5\n")}, options);
  ASSERT_TRUE(source) << source.error().message;
}

// 14: Tardis calls a quantity what others call money.
TEST_F(FieldCases, AnAmountWithoutAVolumeIsAskedAbout) {
  const std::string text =
      "exchange,symbol,timestamp,price,amount\nx,BTC-PERP,1583139600000000,8500,3\n";
  EXPECT_CONTAINS(read_text(text).error, "--map volume=amount or --map turnover=amount");
  EXPECT_EQ(column(read_text(text, mapped("volume=amount")), "volume").at(0), 3);
  EXPECT_EQ(column(read_text(text, mapped("turnover=amount")), "turnover").at(0), 3);
  const Reading clear = read_text("symbol,ts,price,volume,amount\na,1583139600,1,2,3\n");
  EXPECT_EQ(column(clear, "turnover").at(0), 3) << "beside a volume it is money";
}

// 16e: Binance's public data.
TEST_F(FieldCases, AFileWithoutAHeaderIsReadWithNamesThatAreGiven) {
  const std::string text =
      "1583139600000,50,52,49,51,10,1583139659999,500,3,4,200,0\n"
      "1583139660000,51,52,49,52,10,1583139719999,500,3,4,200,0\n";
  const Reading known = read_text(text, one());
  ASSERT_EQ(known.error, "") << "klines tell what they are";
  EXPECT_TRUE(known.noted("has no header; read as Binance klines"));
  EXPECT_EQ(column(known, "turnover"), (std::vector<double>{500, 500}));
  EXPECT_EQ(known.rows.at(1).timestamp_ns, 1583139660000000000);
  EXPECT_CONTAINS(read_text("1583139600000,50,52,49,51,10,7\n", one()).error,
                  "--header gives the names of its 7 columns");
  FeedOptions options = one();
  options.header = {"timestamp", "open",  "high", "low", "close", "volume",
                    "end",       "quote", "n",    "tb",  "tq",    "x"};
  const Reading got = read_text(text, options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "close"), (std::vector<double>{51, 52}));
  const FeedPosition position = got.rows.at(0).position;
  const Reading rest = read({path("ticks.csv")}, options, position);
  ASSERT_EQ(rest.error, "");
  EXPECT_EQ(rest.rows.size(), 1U);
  options.skip_lines = 1;
  EXPECT_EQ(read_text(text, options).rows.size(), 1U);
}

// 16g: European exports.
TEST_F(FieldCases, ACommaForThePointIsReadWhereItIsToldTo) {
  FeedOptions options = one();
  options.decimal_comma = true;
  const Reading got = read_text("Date;Close;Volume\n2020-03-02;51,5;1.234.567\n", options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "close").at(0), 51.5);
  EXPECT_EQ(column(got, "volume").at(0), 1234567);
  double value = 0;
  EXPECT_TRUE(parse_comma_number("-1.234,5e3", value));
  EXPECT_EQ(value, -1234.5e3);
  EXPECT_TRUE(parse_comma_number("#N/A", value));
  EXPECT_TRUE(std::isnan(value));
  for (const std::string_view bad : {"1,2,3", "1,2.3", "abc"}) {
    EXPECT_FALSE(parse_comma_number(bad, value)) << bad;
  }
}

// 16l: what stands before a header.
TEST_F(FieldCases, LinesBeforeTheHeaderArePassedOver) {
  const std::string body = "timestamp,close\n1583139600,51\n";
  for (const std::string before :
       {"#recorder v1\n", "# a\n#b\n\n", "https://www.example.org/data\n", "sep=,\n"}) {
    const Reading got = read_text(before + body, one());
    ASSERT_EQ(got.error, "") << before;
    EXPECT_EQ(column(got, "close"), std::vector<double>{51}) << before;
  }
  EXPECT_EQ(read_text("#timestamp,close\n1583139600,51\n", one()).rows.size(), 1U)
      << "a header behind a #";
  EXPECT_EQ(read_text("sep=;\ntimestamp;close\n1583139600;51\n", one()).rows.size(), 1U);
  FeedOptions options = one();
  options.skip_lines = 2;
  EXPECT_EQ(read_text("Some report\n\"of, today\"\n" + body, options).rows.size(), 1U);
  options.skip_lines = 9;
  EXPECT_CONTAINS(read_text(body, options).error, "is empty");
}

// 18: printf of 0/0.
TEST_F(FieldCases, TheUsualWordsForMissingAreMissing) {
  for (const std::string_view word :
       {"-nan", "nan", "NA", "N/A", "#N/A", "<NA>", "null", "None", "-", "--", "1.#QNAN", "-1.#IND",
        "NaT", "nil", "-nan(ind)", ""}) {
    double value = 1;
    EXPECT_TRUE(parse_number(word, value)) << word;
    EXPECT_TRUE(std::isnan(value)) << word;
  }
  const Reading got =
      read_text("symbol,timestamp,price,my_signal\nA,1700000000,10,-nan\nA,1700000001,11,0.5\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "my_signal").at(1), 0.5);
}

}  // namespace
}  // namespace factorwal::feed
