#include <gtest/gtest.h>

#include "factorwal/tick.h"

namespace factorwal {
namespace {

TEST(TickSchema, FindsAFieldByAnyOfItsNames) {
  const TickSchema schema = TickSchema::make({"last_price", "bid_price1", "bid_volume1"}).value();
  EXPECT_EQ(schema.names(), (std::vector<std::string>{"close", "bid", "bid_volume"}));
  for (const char* name : {"close", "last", "last_price", "price"}) {
    EXPECT_EQ(schema.find(name), FieldHandle{0}) << name;
  }
  EXPECT_EQ(schema.find("bid1"), FieldHandle{1});
  EXPECT_EQ(schema.find("bid_size"), FieldHandle{2});
  EXPECT_EQ(schema.find("ask"), std::nullopt);
}

TEST(TickSchema, RefusesTheSameFieldUnderTwoNames) {
  const auto schema = TickSchema::make({"last_price", "close"});
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().message, "field name \"close\" appears twice");
  const auto reversed = TickSchema::make({"close", "last"});
  ASSERT_FALSE(reversed);
  EXPECT_EQ(reversed.error().message,
            "field name \"last\" means \"close\", which is there already");
}

TEST(TickSchema, RefusesNamesThatAreEmptyLongOrNotUtf8) {
  EXPECT_FALSE(TickSchema::make({""}));
  EXPECT_FALSE(TickSchema::make({std::string(256, 'a')}));
  EXPECT_TRUE(TickSchema::make({std::string(255, 'a')}));
  EXPECT_FALSE(TickSchema::make({"\xff"}));
  EXPECT_FALSE(TickSchema::make({"\xed\xa0\x80"}));
  EXPECT_TRUE(TickSchema::make({"\xe4\xbb\xb7"}));
}

TEST(TickSchema, PredefinedSchemasHoldCanonicalNames) {
  for (const TickSchema& schema :
       {TickSchema::futures(), TickSchema::quotes(), TickSchema::bars()}) {
    const auto again = TickSchema::make(std::span<const std::string>(schema.names()));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, schema);
  }
  EXPECT_EQ(TickSchema::futures().size(), 24u);
  EXPECT_TRUE(TickSchema::futures().find("ask_price5"));
}

}  // namespace
}  // namespace factorwal
