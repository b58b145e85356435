#include "wal/format/name_table.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "wal/writing/open_tag.h"

namespace factorwal::wal {
namespace {

TEST(IdTable, TakesAsManyIdsAsItHasRoomForAndRefusesOneMore) {
  IdTable table(3);
  EXPECT_EQ(table.try_intern("a").value(), 0U);
  EXPECT_TRUE(table.define(1, "b"));
  EXPECT_EQ(table.try_intern("c").value(), 2U);
  const auto refused = table.try_intern("d");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalidArgument);
  EXPECT_EQ(refused.error().message,
            "d: one id too many, a data directory has room for 3 of a kind");
  EXPECT_FALSE(table.define(3, "d"));
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.try_intern("b").value(), 1U) << "what it has it still finds";
  EXPECT_EQ(IdTable().try_intern("a").value(), 0U);
}

TEST(OpenTag, IsNeverZeroAndNeverTheSame) {
  std::unordered_set<std::uint32_t> tags;
  for (int i = 0; i < 100'000; ++i) tags.insert(next_open_tag());
  EXPECT_EQ(tags.size(), 100'000U);
  EXPECT_FALSE(tags.contains(0));
}

}  // namespace
}  // namespace factorwal::wal
