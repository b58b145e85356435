// FeedOptions::columns and ::drop: which columns become fields.
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class ColumnChoices : public FeedTest {
 protected:
  using Names = std::vector<std::string>;
  static constexpr std::string_view kText =
      "symbol,ts,LastPrice,Volume,my_signal,kind,\nA,1700000000,51,10,0.5,X1,7\n";
  static FeedOptions only(Names names) {
    FeedOptions options;
    options.columns = std::move(names);
    return options;
  }
  static FeedOptions without(Names names) {
    FeedOptions options;
    options.drop = std::move(names);
    return options;
  }
};

TEST_F(ColumnChoices, OnlyTheseBecomeFieldsAndTheRolesAreFoundAnyway) {
  const Reading got = read_text(kText, only({"my_signal", "LastPrice"}));
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (Names{"close", "my_signal"})) << "in the file's order";
  EXPECT_EQ(got.rows.at(0).instrument_id, "A");
  EXPECT_EQ(got.rows.at(0).values, (std::vector<double>{51, 0.5}));
  EXPECT_FALSE(got.noted("left out")) << "nobody asked for the others";
  EXPECT_EQ(read_text(kText, only({"symbol", "ts", "close"})).fields, Names{"close"})
      << "roles may be named, and a field's own name is one, too";
  EXPECT_EQ(read_text(kText, only({"volume", "#5"})).fields, (Names{"volume", "my_signal"}));
}

TEST_F(ColumnChoices, AllButTheseBecomeFields) {
  EXPECT_EQ(read_text(kText, without({"my_signal", "kind"})).fields, (Names{"close", "volume"}));
  EXPECT_EQ(read_text(kText, without({"last_price"})).fields, (Names{"volume", "my_signal"}));
  EXPECT_CONTAINS(read_text(kText, without({"LastPrice", "Volume", "my_signal"})).error,
                  "no column of numbers");
}

TEST_F(ColumnChoices, ANameThatIsNotThereIsAnErrorWithTheList) {
  EXPECT_CONTAINS(read_text(kText, only({"LastPrice", "Bid"})).error,
                  "--columns names the column \"Bid\", which is not there; columns found: "
                  "\"symbol\", \"ts\", \"LastPrice\"");
  EXPECT_CONTAINS(read_text(kText, without({"#9"})).error, "--drop names the column \"#9\"");
  FeedOptions both = only({"LastPrice"});
  both.drop = {"close"};
  EXPECT_CONTAINS(read_text(kText, both).error, "--columns and --drop both name the column");
}

TEST_F(ColumnChoices, WhatIsAskedForMustBeNumbers) {
  EXPECT_CONTAINS(read_text(kText, only({"LastPrice", "kind"})).error,
                  "column \"kind\": \"X1\" is not a number, and --columns asks for numbers");
  EXPECT_CONTAINS(read_text(kText, only({"#7"})).error, "--map FIELD=#7 gives it one");
  std::string text = "symbol,ts,price,flag\n";
  for (int i = 0; i < 250; ++i) {
    text.append("A,").append(std::to_string(1700000000 + i)).append(",51,1\n");
  }
  text += "A,1700000300,51,X\n";
  EXPECT_CONTAINS(read_text(text, only({"price", "flag"})).error, ":252: column \"flag\" (4)");
  EXPECT_EQ(read_text(text).error, "") << "nobody asked: the cell is missing";
  EXPECT_EQ(read_text(text, only({"price"})).error, "");
}

TEST_F(ColumnChoices, MappedColumnsStayAndDroppingOneIsASlip) {
  FeedOptions options = only({"Volume"});
  options.map = *parse_column_map("signal=my_signal");
  EXPECT_EQ(read_text(kText, options).fields, (Names{"volume", "signal"}));
  options = without({"my_signal"});
  options.map = *parse_column_map("signal=my_signal");
  EXPECT_CONTAINS(read_text(kText, options).error, "--drop and --map both name");
}

TEST_F(ColumnChoices, ADroppedAmountIsNotAskedAbout) {
  const std::string text = "symbol,ts,price,amount\nA,1700000000,51,10\n";
  EXPECT_CONTAINS(read_text(text).error, "may be a quantity or money");
  EXPECT_EQ(read_text(text, without({"amount"})).fields, Names{"close"});
  EXPECT_EQ(read_text(text, only({"price"})).fields, Names{"close"});
}

}  // namespace
}  // namespace factorwal::feed
