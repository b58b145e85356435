// Which column is what: by name, by --map, and what is said when neither tells.
#include <cmath>

#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class Columns : public FeedTest {
 protected:
  using Names = std::vector<std::string>;
  static FeedOptions mapped(std::string_view map) {
    FeedOptions options;
    auto parsed = parse_column_map(map);
    EXPECT_TRUE(parsed) << parsed.error().message;
    if (parsed) options.map = *parsed;
    return options;
  }
};

TEST_F(Columns, InstrumentAndTimestampHaveManyNames) {
  for (const std::string_view header :
       {"symbol,timestamp,price", "code,datetime,last", "ticker,time,close",
        "InstrumentID,Timestamp,LastPrice", "contract,date,last_price", "Instrument,ts,Price",
        " Symbol , DateTime , Last Price "}) {
    const Reading got = read_text(std::string(header) + "\na,2021-01-04,5\n");
    ASSERT_EQ(got.error, "") << header;
    EXPECT_EQ(got.fields, Names{"close"}) << header;
    EXPECT_EQ(got.rows.at(0).instrument_id, "a");
  }
}

TEST_F(Columns, CamelCaseFieldsFindTheirCanonicalNamesAndItIsSaid) {
  const Reading got = read_text(
      "InstrumentID,ts,LastPrice,BidPrice1,BidVolume1,AskPrice2,OpenInterest,MyFactor\n"
      "a,1609723800,1,2,3,4,5,6\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (Names{"close", "bid", "bid_volume", "ask2", "open_interest", "MyFactor"}));
  EXPECT_TRUE(got.noted("LastPrice = close, BidPrice1 = bid"));
}

TEST_F(Columns, TextIsLeftOutWithANoteAndNumbersBecomeFields) {
  const Reading got = read_text(
      "symbol,ts,grade,price,venue,depth,empty\na,1609723800,,1,X,,\na,1609723800,B,1,X,3.5,\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (Names{"close", "depth", "empty"}));
  EXPECT_TRUE(got.noted("columns left out, not numbers: \"grade\", \"venue\""));
  EXPECT_TRUE(std::isnan(got.rows.at(0).values[1]));
}

TEST_F(Columns, AKnownFieldIsNeverLeftOutForABadFirstCell) {
  EXPECT_CONTAINS(read_text("symbol,ts,price,volume\na,1609723800,1,abc\n").error,
                  "ticks.csv:2: column \"volume\" (4): \"abc\" is not a number");
}

TEST_F(Columns, OfTwoColumnsForOneFieldTheFirstCountsUnlessMapChooses) {
  const std::string text = "symbol,ts,last,close\na,1609723800,1,2\n";
  Reading got = read_text(text);
  EXPECT_EQ(got.fields, Names{"close"});
  EXPECT_EQ(got.rows.at(0).values[0], 1);
  EXPECT_TRUE(got.noted("column \"close\" left out: it means \"close\", which is \"last\""));
  got = read_text(text, mapped("last_price=close"));
  EXPECT_EQ(got.rows.at(0).values[0], 2);
  got = read_text(text, mapped("settle=last,close=close"));
  EXPECT_EQ(got.fields, (Names{"settle", "close"}));
}

TEST_F(Columns, MapNamesWhatTheHeaderDoesNot) {
  const Reading got =
      read_text("What,When,HowMuch,Traded\nrb,1609723800,4321,7\n",
                mapped("instrument_id=What,timestamp_ns=When,last_price=HowMuch,vol=Traded"));
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (Names{"close", "volume"}));
  EXPECT_EQ(got.rows.at(0).instrument_id, "rb");
  EXPECT_EQ(got.rows.at(0).values, (std::vector<double>{4321, 7}));
}

TEST_F(Columns, MapThatFitsNothingIsRefusedWithTheColumnsFound) {
  const std::string text = "symbol,ts,price\na,1609723800,1\n";
  const Reading got = read_text(text, mapped("last_price=LastPx"));
  EXPECT_CONTAINS(got.error, "--map names the column \"LastPx\", which is not there");
  EXPECT_CONTAINS(got.error, "\"symbol\", \"ts\", \"price\"");
  EXPECT_CONTAINS(read_text(text, mapped("last=price,close=price")).error, "\"close\" twice");
  EXPECT_CONTAINS(read_text(text, mapped("ts=ts,timestamp=ts")).error, "timestamp twice");
  EXPECT_CONTAINS(read_text(text, mapped("symbol=symbol,code=symbol")).error, "instrument twice");
}

TEST_F(Columns, MapArgumentsThatAreNoPairsAreRefused) {
  for (const std::string_view text : {"", "a", "a=", "=b", "a=b,", "a=b,,c=d"}) {
    if (text == "a=b,") {
      EXPECT_TRUE(parse_column_map(text)) << "a trailing comma is harmless";
    } else {
      EXPECT_FALSE(parse_column_map(text)) << text;
    }
  }
}

TEST_F(Columns, InstrumentOptionServesFilesWithoutTheColumn) {
  FeedOptions options;
  options.instrument = "IF2101.CFFEX";
  Reading got = read_text("timestamp_ns,last_price\n1609723800000000000,5230\n", options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.at(0).instrument_id, "IF2101.CFFEX");
  got = read_text("symbol,timestamp_ns,last_price\na,1609723800000000000,5230\n", options);
  EXPECT_CONTAINS(got.error, "--instrument IF2101.CFFEX is for files without an instrument column");
  options.instrument = std::string(256, 'x');
  EXPECT_CONTAINS(read_text("ts,price\n1609723800,1\n", options).error, "1 to 255 bytes");
}

TEST_F(Columns, AHeaderThatDoesNotFitGetsTheMapThatWould) {
  Reading got = read_text("InstrumentCode,TradeTime,Px,Qty\nrb2105,2021-01-04 09:30:00,4321,7\n");
  EXPECT_CONTAINS(got.error, "\"InstrumentCode\", \"TradeTime\", \"Px\", \"Qty\"");
  const std::string_view map =
      "--map instrument_id=InstrumentCode,timestamp_ns=TradeTime,last_price=Px,volume=Qty";
  EXPECT_CONTAINS(got.error, map);
  got = read_text("InstrumentCode,TradeTime,Px,Qty\nrb2105,2021-01-04 09:30:00,4321,7\n",
                  mapped(map.substr(6)));
  EXPECT_EQ(got.error, "") << "and it does";
  EXPECT_EQ(got.rows.at(0).values, (std::vector<double>{4321, 7}));
}

TEST_F(Columns, WithoutAnythingLikeAnInstrumentTheOptionIsProposed) {
  const Reading got =
      read({write("rb2105.csv", "timestamp_ns,last_price\n1609723800000000000,4321\n")});
  EXPECT_CONTAINS(got.error, "does not tell the instrument column");
  EXPECT_CONTAINS(got.error, "this probably would: --instrument rb2105");
}

TEST_F(Columns, QuotesTheProposedMapForTheShellWhereANameHasSpaces) {
  const Reading got = read_text("Security Code,Trade Time,price\nrb,2021-01-04 09:30:00,4321\n");
  EXPECT_CONTAINS(got.error, "--map 'instrument_id=Security Code,timestamp_ns=Trade Time'");
}

TEST_F(Columns, AFileWithoutALastPriceIsReadAndTheMapThatMayNameItIsNoted) {
  const Reading got = read_text("symbol,ts,TradePx,volume\na,1609723800,5,1\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (Names{"TradePx", "volume"}));
  EXPECT_TRUE(
      got.noted("no column is the last price (close); this probably would name it: "
                "--map last_price=TradePx"));
}

TEST_F(Columns, AFileWithoutNumbersIsRefused) {
  EXPECT_CONTAINS(read_text("symbol,ts,grade\na,1609723800,B\n").error, "no column of numbers");
}

class LaterFiles : public Columns {};

TEST_F(LaterFiles, ColumnsAreMatchedByNameWhateverTheirOrder) {
  const std::string first = write("1.csv", "symbol,ts,price,volume\na,1609723800,1,2\n");
  const std::string second = write("2.csv.gz", gzip("Volume;LastPrice;datetime;code\n"
                                                    "20;10;2021-01-05 01:30:00;b\n"));
  const Reading got = read({first, second});
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[1].instrument_id, "b");
  EXPECT_EQ(got.rows[1].values, (std::vector<double>{10, 20}));
  EXPECT_EQ(got.rows[1].file_index, 1U);
  EXPECT_EQ(got.rows[1].row_number, 0U);
  EXPECT_NE(got.rows[0].position.identity, got.rows[1].position.identity);
}

TEST_F(LaterFiles, FieldsTheyLackAreMissingAndFieldsTheyAddAreLeftOut) {
  const std::string first = write("1.csv", "symbol,ts,price,volume\na,1609723800,1,2\n");
  const std::string second = write("2.csv", "symbol,ts,price,extra\na,1609723801,3,4\n");
  const Reading got = read({first, second});
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[1].values[0], 3);
  EXPECT_TRUE(std::isnan(got.rows[1].values[1]));
  EXPECT_TRUE(got.noted("are missing values: \"volume\""));
  EXPECT_TRUE(got.noted("not in the first file: \"extra\""));
}

TEST_F(LaterFiles, WithoutInstrumentTimestampOrAnyKnownFieldTheyAreRefusedByName) {
  const std::string first = write("1.csv", "symbol,ts,price\na,1609723800,1\n");
  Reading got = read({first, write("2.csv", "symbol,price\na,1\n")});
  EXPECT_EQ(got.rows.size(), 1U);
  EXPECT_CONTAINS(got.error, "2.csv: the header does not tell the timestamp column");
  got = read({first, write("3.csv", "symbol,ts,other\na,1609723801,1\n")});
  EXPECT_CONTAINS(got.error, "3.csv: has none of the first file's fields (\"close\")");
}

TEST_F(LaterFiles, EachHasItsOwnUnitOfTime) {
  const std::string first = write("1.csv", "symbol,ts,price\na,1609723800,1\n");
  const std::string second = write("2.csv", "symbol,ts,price\na,1609723801000,1\n");
  const Reading got = read({first, second});
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows[1].timestamp_ns - got.rows[0].timestamp_ns, 1'000'000'000);
}

}  // namespace
}  // namespace factorwal::feed
