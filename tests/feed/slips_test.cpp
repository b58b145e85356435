// What a user or a file writes a little wrong: it is said, or taken for what it means.
#include <cmath>

#include "feed/arrow_tables.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class Slips : public FeedTest {};

constexpr std::string_view kBars = "symbol,ts,price,volume\nA,1700000000,51,10\n";

TEST_F(Slips, AScaleOfAFieldThatIsNotThereIsAnError) {
  FeedOptions options;
  options.scale = *parse_scales("last_prices=1e-4");
  Reading got = read_text(kBars, options);
  EXPECT_CONTAINS(got.error, "ticks.csv: --scale names the field \"last_prices\"");
  EXPECT_CONTAINS(got.error, "fields found: \"close\", \"volume\"");
  options.scale = *parse_scales("volumes=2");
  EXPECT_CONTAINS(read_text(kBars, options).error, "did you mean `volume`?");
  options.scale = *parse_scales("ts=2");
  EXPECT_CONTAINS(read_text(kBars, options).error, "--scale names the field \"ts\"");
  options.scale = *parse_scales("last_price=2");
  EXPECT_EQ(column(read_text(kBars, options), "close"), std::vector<double>{102});
}

TEST_F(Slips, AMissingNumberOfAFieldThatIsNotThereIsAnError) {
  FeedOptions options;
  options.missing = *parse_missing("0,clsoe=0");
  EXPECT_CONTAINS(read_text(kBars, options).error, "--missing names the field \"clsoe\"");
  EXPECT_CONTAINS(read_text(kBars, options).error, "did you mean `close`?");
  options.missing = *parse_missing("0,volume=10");
  EXPECT_TRUE(std::isnan(column(read_text(kBars, options), "volume").at(0)));
}

TEST_F(Slips, AFieldThatOnlyALaterFileLacksOrThatIsDroppedIsNone) {
  FeedOptions options;
  options.scale = *parse_scales("volume=2");
  options.drop = {"volume"};
  EXPECT_EQ(read_text(kBars, options).error, "");
  options.drop.clear();
  const Reading got =
      read({write("1.csv", kBars), write("2.csv", "symbol,ts,price\nA,1700000001,5\n")}, options);
  EXPECT_EQ(got.error, "");
}

TEST_F(Slips, HugeNumbersAreNone) {
  for (const std::string_view none :
       {"1.7976931348623157e+308", "1.79769313486232e+308", "-1.7976931348623157e308", "1e300"}) {
    const Reading got =
        read_text("symbol,ts,price,bid\nA,1700000000,51," + std::string(none) + "\n");
    ASSERT_EQ(got.error, "");
    EXPECT_TRUE(std::isnan(column(got, "bid").at(0))) << none;
  }
  EXPECT_EQ(column(read_text("symbol,ts,price\nA,1700000000,9e299\n"), "close").at(0), 9e299);
}

TEST_F(Slips, AnIdInTheGuardOfASpreadsheetIsWhatIsInIt) {
  const Reading got = read_text(
      "symbol,ts,price\n=\"000001\",1700000000,51\n\"=\"\"000001\"\"\",1700000001,52\n"
      "000001,1700000002,53\n");
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3U);
  for (const ReadRow& row : got.rows) EXPECT_EQ(row.instrument_id, "000001");
  const Reading both = read_text("code,venue,ts,price\n=\"000001\",=\"SZ\",1700000000,51\n",
                                 mapped("instrument_id=code+venue"));
  ASSERT_EQ(both.error, "");
  EXPECT_EQ(both.rows.at(0).instrument_id, "000001.SZ");
  EXPECT_CONTAINS(read_text("symbol,ts,price\n=\"\",1700000000,51\n").error,
                  "the instrument is empty");
}

TEST_F(Slips, OfTwoColumnsOfOneNameEachIsCalledByItsNumber) {
  const Reading got = read_text("symbol,ts,close,volume,close\nA,1700000000,51,10,52\n");
  EXPECT_TRUE(got.noted("column 5 (\"close\") left out: it means \"close\", which is column 3"));
}

}  // namespace
}  // namespace factorwal::feed
