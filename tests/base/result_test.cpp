#include "factorwal/result.h"

#include <gtest/gtest.h>

namespace factorwal {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  Result<int> bad = Error{Errc::kIo, "read log/x: input/output error", 5};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::kIo);
  EXPECT_EQ(bad.error().errno_value, 5);
}

TEST(ResultDeathTest, ValueOfAnErrorAbortsAndSaysWhy) {
  Result<int> bad = Error{Errc::kIo, "read log/x: input/output error", 5};
  EXPECT_DEATH((void)bad.value(), "read log/x");
}

}  // namespace
}  // namespace factorwal
