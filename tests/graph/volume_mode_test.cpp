#include "factorwal/volume_mode.h"

#include <gtest/gtest.h>

namespace factorwal {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

TEST(VolumeConverter, GivesIncrementsWithinADay) {
  VolumeConverter converter;
  const TradedAmounts first = converter.to_increments(20210104, {100, 1000});
  EXPECT_TRUE(std::isnan(first.volume));
  EXPECT_TRUE(std::isnan(first.turnover));
  const TradedAmounts second = converter.to_increments(20210104, {130, 1300});
  EXPECT_EQ(second.volume, 30);
  EXPECT_EQ(second.turnover, 300);
}

TEST(VolumeConverter, StartsAnewWithTheTradingDay) {
  VolumeConverter converter;
  (void)converter.to_increments(20210104, {100, 1000});
  const TradedAmounts next = converter.to_increments(20210105, {140, 1400});
  EXPECT_EQ(next.volume, 140);
  EXPECT_EQ(next.turnover, 1400);
}

TEST(VolumeConverter, TakesAFallAsARestartAndATurnoverFallAsZero) {
  VolumeConverter converter;
  (void)converter.to_increments(1, {100, 1000});
  const TradedAmounts restart = converter.to_increments(1, {7, 70});
  EXPECT_EQ(restart.volume, 7);
  EXPECT_EQ(restart.turnover, 70);
  const TradedAmounts rounding = converter.to_increments(1, {7, 69});
  EXPECT_EQ(rounding.volume, 0);
  EXPECT_EQ(rounding.turnover, 0);
}

TEST(VolumeConverter, GivesNothingAfterAGapAndCoversMissingTotalsLater) {
  VolumeConverter converter;
  (void)converter.to_increments(1, {100, 1000});
  EXPECT_TRUE(std::isnan(converter.to_increments(1, {kMissing, 1100}).volume));
  EXPECT_EQ(converter.to_increments(1, {120, 1200}).volume, 20);
  converter.note_gap();
  EXPECT_TRUE(std::isnan(converter.to_increments(1, {500, 5000}).volume));
  EXPECT_EQ(converter.to_increments(1, {501, 5010}).volume, 1);
}

}  // namespace
}  // namespace factorwal
