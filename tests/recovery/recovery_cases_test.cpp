// The table of recovery cases: every combination of findings has exactly one answer, and none that
// damage could make worse.

#include "recovery/recovery_cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace factorwal::recovery {
namespace {

std::vector<RecoveryFindings> every_combination() {
  std::vector<RecoveryFindings> all;
  for (std::uint8_t log = 0; log < kLogFoundCount; ++log) {
    for (std::uint8_t bytes = 0; bytes < kBytesFoundCount; ++bytes) {
      for (std::uint8_t rings = 0; rings < kRingsFoundCount; ++rings) {
        for (const auto policy : {OnCorruption::kRefuse, OnCorruption::kQuarantine}) {
          all.push_back({static_cast<LogFound>(log), static_cast<BytesFound>(bytes),
                         static_cast<RingsFound>(rings), policy});
        }
      }
    }
  }
  return all;
}

std::string text(const RecoveryFindings& found) {
  return "log " + std::to_string(static_cast<int>(found.log)) + ", bytes " +
         std::to_string(static_cast<int>(found.bytes)) + ", rings " +
         std::to_string(static_cast<int>(found.rings)) + ", policy " +
         std::to_string(static_cast<int>(found.on_corruption));
}

bool refuses(RecoveryCase result) {
  return result == RecoveryCase::kRefuseCorrupt || result == RecoveryCase::kRefuseRing ||
         result == RecoveryCase::kRefuseUnreadable || result == RecoveryCase::kRefuseVersion;
}

TEST(RecoveryCases, ExactlyOneRowAppliesToEveryCombinationOfFindings) {
  const auto all = every_combination();
  EXPECT_EQ(all.size(), 150U);
  for (const auto& found : all) {
    const auto rows = std::ranges::count_if(
        kRecoveryTable, [&](const RecoveryRow& row) { return applies(row, found); });
    EXPECT_EQ(rows, 1) << text(found);
  }
}

TEST(RecoveryCases, EveryRowAndEveryResultIsReached) {
  std::set<RecoveryCase> results;
  for (const auto& row : kRecoveryTable) {
    bool reached = false;
    for (const auto& found : every_combination()) reached = reached || applies(row, found);
    EXPECT_TRUE(reached) << to_string(row.result);
    results.insert(row.result);
  }
  EXPECT_EQ(results.size(), 8U);
}

TEST(RecoveryCases, ByDefaultNothingDamagedOrNewerIsOpened) {
  for (const auto& found : every_combination()) {
    const bool newer = found.log == LogFound::kNewer || (found.log != LogFound::kUnreadable &&
                                                         found.rings == RingsFound::kOtherFormat);
    const bool has_log = found.log == LogFound::kClosed || found.log == LogFound::kOpen;
    const bool damaged = found.log == LogFound::kUnreadable ||
                         (has_log && found.bytes == BytesFound::kCorrupt) ||
                         found.rings == RingsFound::kBroken;
    const auto result = decide(found);
    if (newer) {
      EXPECT_EQ(result, RecoveryCase::kRefuseVersion) << text(found);
    }
    if (found.on_corruption == OnCorruption::kRefuse && (newer || damaged)) {
      EXPECT_TRUE(refuses(result)) << text(found);
    }
    if (!newer && !damaged) {
      EXPECT_FALSE(refuses(result)) << text(found);
    }
  }
}

TEST(RecoveryCases, QuarantineIsNeverChosenByItself) {
  for (const auto& found : every_combination()) {
    if (decide(found) != RecoveryCase::kGoOnInQuarantine) continue;
    EXPECT_EQ(found.on_corruption, OnCorruption::kQuarantine) << text(found);
    EXPECT_TRUE(found.bytes == BytesFound::kCorrupt || found.rings == RingsFound::kBroken);
  }
}

}  // namespace
}  // namespace factorwal::recovery
