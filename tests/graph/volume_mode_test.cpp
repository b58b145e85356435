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

TEST(VolumeConverter, WithoutATradingDayTakesAFallAsARestartAndATurnoverFallAsZero) {
  VolumeConverter converter;
  (void)converter.to_increments(0, {100, 1000});
  const TradedAmounts restart = converter.to_increments(0, {7, 70});
  EXPECT_EQ(restart.volume, 7);
  EXPECT_EQ(restart.turnover, 70);
  const TradedAmounts rounding = converter.to_increments(0, {7, 69});
  EXPECT_EQ(rounding.volume, 0);
  EXPECT_EQ(rounding.turnover, 0);
  EXPECT_EQ(converter.corrections(), 0U);
}

// Failure: totals that came late or were corrected counted as a restart; a million was traded
// twice.
TEST(VolumeConverter, TakesAFallWithinATradingDayAsACorrection) {
  VolumeConverter converter;
  double sum = 0;
  for (const double total : {1'000'000, 1'016'000, 1'005'000, 1'020'000}) {
    const TradedAmounts traded = converter.to_increments(20200302, {total, total * 10});
    if (std::isnan(traded.volume)) continue;  // the first only sets the base
    sum += traded.volume;
    EXPECT_EQ(traded.turnover, traded.volume * 10);
  }
  EXPECT_EQ(sum, 20'000);
  EXPECT_EQ(converter.corrections(), 1U);
  EXPECT_EQ(converter.to_increments(20200303, {7, 70}).volume, 7) << "the next day begins anew";
  // Failure: a late total of the day before was a third day, and both counted again.
  EXPECT_EQ(converter.to_increments(20200302, {1'020'100, 10'201'000}).volume, 0);
  EXPECT_EQ(converter.corrections(), 2U);
  EXPECT_EQ(converter.to_increments(20200303, {9, 90}).turnover, 20);
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
