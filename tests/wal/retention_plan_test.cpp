/// What retention decides to cut, from ages, sizes and generations alone.

#include <gtest/gtest.h>

#include <limits>

#include "wal/writing/retention.h"

namespace factorwal::wal::test {
namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1'000'000'000;
constexpr Sequence kRecordsADay = 1000;
constexpr std::int64_t kNow = std::int64_t{20000} * kDay;

/// Five segments of 100 bytes, one a day, the last one made now.
std::vector<SegmentAge> five_days() {
  std::vector<SegmentAge> segments;
  for (std::uint64_t i = 0; i < 5; ++i) {
    segments.push_back(
        {i + 1, 100, kNow - static_cast<std::int64_t>(4 - i) * kDay, 1 + i * kRecordsADay});
  }
  return segments;
}

RetentionPlan plan(RetentionLimits limits, ReplayStarts replay, bool hand_made = false,
                   std::int64_t now = kNow + 1) {
  return plan_retention(five_days(), limits, {replay, hand_made, {}}, now);
}

constexpr RetentionLimits kDays(std::int64_t days) {
  return {std::chrono::nanoseconds(days * kDay)};
}
constexpr RetentionLimits kBytes(std::uint64_t bytes) { return {{}, bytes}; }

TEST(RetentionPlan, WithoutLimitsCutsNothing) {
  EXPECT_EQ(plan({}, {{5, 0, 0}, {5, 0, 0}}).beyond, 0U);
  EXPECT_EQ(plan_retention({}, kBytes(1), {{{5, 0, 0}, {5, 0, 0}}, false, {}}, kNow).cut, 0U);
}

TEST(RetentionPlan, CutsWhatIsOlderThanTheAgeAsAWhole) {
  EXPECT_EQ(plan(kDays(2), {{5, 0, 0}, {5, 0, 0}}).cut,
            2U);  // the third one's last records are a day old
  EXPECT_EQ(plan(kDays(9), {{5, 0, 0}, {5, 0, 0}}).cut, 0U);
}

TEST(RetentionPlan, CutsWhatIsBeyondTheBytesAndNeverTheLastSegment) {
  EXPECT_EQ(plan(kBytes(500), {{5, 0, 0}, {5, 0, 0}}).cut, 0U);
  EXPECT_EQ(plan(kBytes(499), {{5, 0, 0}, {5, 0, 0}}).cut, 1U);
  EXPECT_EQ(plan(kBytes(300), {{5, 0, 0}, {5, 0, 0}}).cut, 2U);
  EXPECT_EQ(plan(kBytes(1), {{5, 0, 0}, {5, 0, 0}}).cut, 4U);
}

TEST(RetentionPlan, CutsByWhicheverLimitReachesFurther) {
  EXPECT_EQ(plan({kDays(1).age, 400}, {{5, 0, 0}, {5, 0, 0}}).cut, 3U);
  EXPECT_EQ(plan({kDays(3).age, 300}, {{5, 0, 0}, {5, 0, 0}}).cut, 2U);
}

TEST(RetentionPlan, KeepsWhatIsNotArchivedWhereAnArchiveIsKept) {
  const auto with = [](std::optional<Sequence> archived) {
    const ReplayStarts last{{5, 0, 0}, {5, 0, 0}};
    return plan_retention(five_days(), kBytes(1), {last, false, archived}, kNow);
  };
  EXPECT_EQ(with({}).cut, 4U) << "none is kept";
  EXPECT_EQ(with(0).cut, 0U);
  EXPECT_EQ(with(0).barrier, CutBarrier::kNotArchived);
  EXPECT_EQ(with(kRecordsADay - 1).cut, 0U);
  EXPECT_EQ(with(kRecordsADay).cut, 1U) << "all of the first segment";
  EXPECT_EQ(with(3 * kRecordsADay + 5).cut, 3U);
  EXPECT_EQ(with(4 * kRecordsADay).cut, 4U);
  EXPECT_EQ(with(4 * kRecordsADay).barrier, CutBarrier::kNone);
}

TEST(RetentionPlan, OfASegmentWhoseSuccessorIsDamagedNothingIsKnownToBeArchived) {
  auto segments = five_days();
  segments[2].first_sequence = 0;
  const ReplayStarts last{{5, 0, 0}, {5, 0, 0}};
  const auto plan = plan_retention(segments, kBytes(1), {last, false, 9 * kRecordsADay}, kNow);
  EXPECT_EQ(plan.cut, 1U);
  EXPECT_EQ(plan.barrier, CutBarrier::kNotArchived);
}

TEST(RetentionPlan, KeepsBothGenerationsWhole) {
  const auto kept = plan(kBytes(1), {{4, 0, 0}, {3, 0, 0}});
  EXPECT_EQ(kept.cut, 2U);
  EXPECT_EQ(kept.beyond, 4U);
  EXPECT_EQ(kept.barrier, CutBarrier::kGenerations);
}

TEST(RetentionPlan, CutsNothingWithOneGenerationOrNone) {
  for (const auto replay :
       {ReplayStarts{{4, 0, 0}, {0, 0, 0}}, ReplayStarts{{0, 0, 0}, {0, 0, 0}}}) {
    const auto kept = plan(kBytes(1), replay);
    EXPECT_EQ(kept.cut, 0U);
    EXPECT_EQ(kept.barrier, CutBarrier::kNoGenerations);
  }
}

TEST(RetentionPlan, CutsNothingWhileTicksAreInNoGeneration) {
  const auto kept = plan(kBytes(1), {{5, 0, 0}, {5, 0, 0}}, true);
  EXPECT_EQ(kept.cut, 0U);
  EXPECT_EQ(kept.barrier, CutBarrier::kHandMade);
}

TEST(RetentionPlan, WithAClockThatJumpsCutsAtMostWhatTheGenerationsAllow) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(plan(kDays(9), {{4, 0, 0}, {3, 0, 0}}, false, kMax).cut, 2U);
  EXPECT_EQ(plan(kDays(1), {{4, 0, 0}, {3, 0, 0}}, false, kMin).cut, 0U);
  EXPECT_EQ(plan(kDays(1), {{4, 0, 0}, {3, 0, 0}}, false, 0).cut, 0U);
  auto odd = five_days();
  odd[1].created_ns = kMin;  // made under a clock that was wrong
  odd[2].created_ns = kMax;
  EXPECT_EQ(plan_retention(odd, kDays(1), {{{5, 0, 0}, {5, 0, 0}}, false, {}}, kNow).cut, 1U);
}

}  // namespace
}  // namespace factorwal::wal::test
