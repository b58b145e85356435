// Advice that would not read the file, or would read it wrongly, is not given.
#include "feed/feed_fixture.h"
#include "feed/files/file_name.h"
#include "feed/files/instrument_name.h"

namespace factorwal::feed {
namespace {

class HintsThatHelp : public FeedTest {};

TEST_F(HintsThatHelp, SeveralFilesAreNoOneInstrument) {
  write("cu2101.csv", "ts,price\n1700000000,51\n");
  write("rb2101.csv", "ts,price\n1700000000,52\n");
  const Reading got = read({path("")});
  EXPECT_CONTAINS(got.error, "this probably would: --instrument-from-name");
  EXPECT_FALSE(contains(got.error, "--instrument cu2101")) << got.error;
  EXPECT_CONTAINS(read({path("cu2101.csv")}).error, "--instrument cu2101");
}

TEST_F(HintsThatHelp, AYearIsNoPartOfAnId) {
  EXPECT_EQ(instrument_of_name("EURUSD_M1_2019.csv"), "EURUSD");
  EXPECT_EQ(instrument_of_name("DAT_ASCII_EURUSD_M1_2019.csv"), "EURUSD");
  EXPECT_EQ(instrument_of_name("BTCUSDT-trades-2020.csv"), "BTCUSDT");
  EXPECT_EQ(instrument_of_name("rb_M1_2105.csv"), "rb_M1_2105") << "no year";
  for (const char* file : {"BTC-USD_2020.csv", "EURUSD_2019_M1.csv"}) {
    EXPECT_FALSE(is_plain_instrument(instrument_of_name(file))) << file;
    const auto id = instrument_in_name(file, "", "--instrument-from-name");
    ASSERT_FALSE(id) << *id;
    EXPECT_CONTAINS(id.error().message, "does not tell the instrument from the date");
  }
  EXPECT_TRUE(is_plain_instrument("SH-600000"));
}

TEST_F(HintsThatHelp, WhereATextMayBeTheInstrumentItIsAsked) {
  const std::string header = "DATE,TIME_M,SYM_ROOT,SYM_SUFFIX,SIZE,PRICE\n";
  const std::string text = header +
                           "20200302,9:30:00.1,A,,100,51\n20200302,9:30:00.2,BAC,PRB,100,52\n"
                           "20200302,9:30:00.3,BRK,A,100,53\n";
  const Reading got = read({write("taq.csv", text)});
  EXPECT_FALSE(contains(got.error, "--instrument taq")) << got.error;
  EXPECT_CONTAINS(got.error, "one of \"SYM_ROOT\", \"SYM_SUFFIX\" may be the instrument");
  EXPECT_CONTAINS(read_text("maker,Trade Time,price\nx1,2020-03-02 09:30:00,5\n"
                            "x2,2020-03-02 09:30:00,5\n")
                      .error,
                  "for the rest this probably would do: --map 'timestamp_ns=Trade Time'");
  // Sides, flags and times are none, nor is a text that never changes.
  const Reading one =
      read({write("x1.csv",
                  "ts,price,side,last,sent,unit\n1700000000,5,buy,true,09:30:00,USD\n"
                  "1700000001,5,sell,false,09:30:01,USD\n")});
  EXPECT_CONTAINS(one.error, "--instrument x1");
}

TEST_F(HintsThatHelp, AnEmptySuffixIsLeftOutOfAJoinedId) {
  const std::string text =
      "root,suffix,ts,price\nA,,1700000000,51\nBRK,B,1700000001,52\n,C,1700000002,53\n";
  const Reading got = read_text(text, mapped("instrument_id=root+suffix", skipping()));
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].instrument_id, "A");
  EXPECT_EQ(got.rows[1].instrument_id, "BRK.B");
  EXPECT_EQ(got.bad(BadRow::kEmptyInstrument), 1U);
  const Reading venue = read_text("exchange,symbol,ts,price\nX,,1700000000,51\n",
                                  mapped("instrument_id=exchange+symbol", skipping()));
  EXPECT_EQ(venue.bad(BadRow::kEmptyInstrument), 1U) << "what is the instrument must be there";
}

TEST_F(HintsThatHelp, AMicIsAnExchange) {
  const Reading got =
      read_text("symbol,MIC,ts,price\nA,XNYS,1700000000,51\nA,XNAS,1700000001,52\n");
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(got.noted("--map instrument_id=MIC+symbol"));
}

TEST_F(HintsThatHelp, ASymbolOfManyContractsIsSaid) {
  Reading got =
      read_text("symbol,contract,ts,price\nrb,rb2405,1700000000,51\nrb,rb2410,1700000000,52\n");
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(got.noted("\"rb\" has several values of \"contract\""));
  EXPECT_TRUE(got.noted("--map instrument_id=symbol+contract tells them apart"));
  got = read_text(
      "symbol,expiration,strike,ts,price\nSPY,2024-01-19,450,1700000000,5\n"
      "SPY,2024-01-19,455,1700000000,4\nSPY,2024-02-16,455,1700000000,6\n");
  EXPECT_TRUE(got.noted("--map instrument_id=symbol+expiration+strike tells them apart"));
  got = read_text("symbol,contract,ts,price\nrb,rb2405,1700000000,51\nau,au2406,1700000000,52\n");
  EXPECT_FALSE(got.noted("tells them apart"));
}

TEST_F(HintsThatHelp, ACommaBehindEveryRowIsPassedOver) {
  const Reading got = read_text("symbol,ts,price\nA,1700000000,51,\nA,1700000001,52,\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(column(got, "close"), (std::vector<double>{51, 52}));
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close"}));
  EXPECT_TRUE(got.noted("its rows end with a separator that the header lacks"));
}

TEST_F(HintsThatHelp, ARowNameWithoutANameIsAskedAbout) {
  const std::string text = "symbol,ts,price\n1,A,1700000000,51\n2,A,1700000001,52\n";
  const Reading got = read_text(text);
  EXPECT_CONTAINS(got.error, "every row has 4 cells, but the header names 3");
  EXPECT_CONTAINS(got.error, "--skip-lines 1 --header row,symbol,ts,price");
  EXPECT_FALSE(contains(got.error, "--on-bad-row")) << got.error;
  FeedOptions options;
  options.skip_lines = 1;
  options.header = {"row", "symbol", "ts", "price"};
  EXPECT_EQ(read_text(text, options).rows.size(), 2U) << "and it does";
  EXPECT_EQ(read_text("symbol,ts,price\nA,1700000000,51,2\nA,1700000001,52\n", skipping())
                .bad(BadRow::kColumnCount),
            1U);
}

TEST_F(HintsThatHelp, AZoneByItsShortNameIsToldWhatReadsIt) {
  std::string text = "symbol,ts,price\n";
  for (int i = 10; i < 40; ++i) text += "A,2020-03-02 09:30:" + std::to_string(i) + " CST,51\n";
  const Reading got = read_text(text);
  EXPECT_CONTAINS(got.error, "so are the first 20 rows");
  EXPECT_CONTAINS(got.error, "CST may be several zones");
  EXPECT_CONTAINS(got.error, "--time-format '%Y-%m-%d %H:%M:%S CST'");
  EXPECT_CONTAINS(got.error, "--tz");
  EXPECT_FALSE(contains(got.error, "--on-bad-row")) << got.error;
  FeedOptions options;
  options.time_format = "%Y-%m-%d %H:%M:%S CST";
  options.time_zone = "Asia/Shanghai";
  EXPECT_EQ(read_text(text, options).rows.size(), 30U) << "and it does";
  // A single one is a bad row as any other.
  EXPECT_CONTAINS(read_text("symbol,ts,price\nA,2020-03-02 09:30:00 CST,51\n"
                            "A,2020-03-02 09:30:00,51\n")
                      .error,
                  "--on-bad-row");
}

}  // namespace
}  // namespace factorwal::feed
