// Values computed again from a log's ticks are those that are in it, whatever happened to the
// factor file in between; and a single wrong bit is found.
#include "history/recomputation.h"

#include <bit>

#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "history/logged_run.h"
#include "wal/reading/log_reader.h"

namespace factorwal::history {
namespace {

class RecomputationTest : public test::LoggedRun {
 protected:
  /// `alter` may change a record's values.
  using Alter = std::function<void(const LogRecord&, std::vector<double>&)>;
  void recompute(std::uint64_t skipped_segments = 0, const Alter& alter = {}) {
    auto log = view();
    log.segments.erase(log.segments.begin(),
                       log.segments.begin() + static_cast<std::ptrdiff_t>(skipped_segments));
    wal::NameTable names;
    // Layouts first, as the tool does.
    {
      wal::LogReader reader(posix_file_system(), log, names);
      LogRecord record;
      while (reader.next(record).value()) {
      }
    }
    again_.emplace([this](const ValueMismatch& found) { mismatches_.push_back(found); });
    for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
      again_->add_layout(i, *names.layouts.get(i));
    }
    wal::LogReader reader(posix_file_system(), log, names);
    LogRecord record;
    std::vector<double> values;
    while (reader.next(record).value()) {
      values.assign(record.values.begin(), record.values.end());
      if (alter) alter(record, values);
      record.values = values;
      ASSERT_TRUE(again_->take(record));
    }
  }
  [[nodiscard]] const RecomputeCounts& counts() const { return again_->counts(); }

  std::optional<Recomputation> again_;
  std::vector<ValueMismatch> mismatches_;
};

TEST_F(RecomputationTest, EveryValueOfAnUndisturbedLogIsComparedAndAgrees) {
  write(kFactors, 0, 2000, 200);
  recompute();
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_EQ(counts().ticks, 2000U);
  EXPECT_EQ(counts().values_compared, 2000U * 6);
  EXPECT_EQ(counts().values_unknown, 0U);
  EXPECT_GT(counts().states_compared, 0U);
}

TEST_F(RecomputationTest, FactorsThatWereAddedEditedRemovedAndAddedAgainAgree) {
  const std::string a = "factor a = ts_mean(close, 20)\n";
  const std::string b = "factor b = rsi(close, 14)\n";
  const std::string edited = "factor b = rsi(close, 6)\n";
  const std::string mixed = "factor c = ts_corr(close, volume, 15) + ema(close, 40)\n";
  std::size_t at = 0;
  for (const auto& text : {a, a + b, b, a + edited + mixed, mixed, a + b + mixed, b + a}) {
    write(text, at, at + 300, 70);
    at += 300;
  }
  recompute();
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_EQ(again_->factor_set_count(), 7U);
  EXPECT_EQ(counts().ticks, at);
  EXPECT_EQ(counts().values_unknown, 0U);
  EXPECT_EQ(counts().values_compared, 300U * (1 + 2 + 1 + 3 + 1 + 3 + 2));
}

TEST_F(RecomputationTest, OneWrongBitIsFoundWithItsPlaceAndBothValues) {
  write(kFactors, 0, 1000, 100);
  const auto expected = answers_[699].values[2];
  double wrong = 0;
  recompute(0, [&](const LogRecord& record, std::vector<double>& values) {
    if (record.type != RecordType::kTick || record.sequence != 700) return;
    values[2] = wrong = std::bit_cast<double>(std::bit_cast<std::uint64_t>(values[2]) ^ 1U);
  });
  ASSERT_EQ(mismatches_.size(), 1U);
  EXPECT_EQ(mismatches_[0].instrument_id, answers_[699].instrument);
  EXPECT_EQ(mismatches_[0].factor, "dea");
  EXPECT_EQ(mismatches_[0].sequence, 700U);
  EXPECT_FALSE(mismatches_[0].is_state);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(mismatches_[0].logged),
            std::bit_cast<std::uint64_t>(wrong));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(mismatches_[0].computed),
            std::bit_cast<std::uint64_t>(expected));
  EXPECT_EQ(counts().mismatches, 1U);
}

TEST_F(RecomputationTest, AWrongSavedStateIsNamedByItsOperator) {
  write(kFactors, 0, 1000, 100);
  std::vector<std::byte> state;
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), view(), names);
  Recomputation again([this](const ValueMismatch& found) { mismatches_.push_back(found); });
  LogRecord record;
  std::uint64_t altered = 0;
  while (reader.next(record).value()) {
    if (record.type == RecordType::kOperatorState && ++altered == 3) {
      state.assign(record.state.begin(), record.state.end());
      state.back() ^= std::byte{1};
      record.state = state;
    }
    ASSERT_TRUE(again.take(record));
  }
  ASSERT_GE(altered, 3U);
  ASSERT_EQ(mismatches_.size(), 1U);
  EXPECT_TRUE(mismatches_[0].is_state);
  EXPECT_NE(mismatches_[0].factor, "");
}

TEST_F(RecomputationTest, WithoutTheFirstTicksItStartsAtSavedStatesAndCountsWhatLiesBefore) {
  // How many ticks a segment holds is the disk's affair; a new open begins a new one.
  write(kFactors, 0, 700, 300);
  const auto later = view().segments.back().entry.number + 1;
  write(kFactors, 700, 3000, 300);
  recompute(later);
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_GT(counts().values_unknown, 0U);
  EXPECT_GT(counts().values_compared, 3000U);
  EXPECT_EQ(counts().values_unknown + counts().values_compared, counts().ticks * 6);
}

TEST_F(RecomputationTest, AfterMissingTicksNothingIsComparedUntilASavedState) {
  write(kFactors, 0, 1500, 300);
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), view(), names);
  Recomputation again([this](const ValueMismatch& found) { mismatches_.push_back(found); });
  LogRecord record;
  while (reader.next(record).value()) {
    if (record.sequence >= 500 && record.sequence < 520) continue;
    ASSERT_TRUE(again.take(record));
  }
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_EQ(again.counts().ticks, 1480U);
  EXPECT_GT(again.counts().values_unknown, 6U * 20);
  EXPECT_GT(again.counts().values_compared, 6U * 500 + 6U * 500);
}

TEST_F(RecomputationTest, OperatorsRegisteredByHandAreCountedAndNotCompared) {
  write("factor a = ts_mean(close, 5)\n", 0, 100);
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), view(), names);
  Recomputation again([this](const ValueMismatch& found) { mismatches_.push_back(found); });
  LogRecord record;
  TickLayout by_hand;
  TickLayout own_function;
  while (reader.next(record).value()) {
    if (record.type != RecordType::kTick) continue;
    by_hand = own_function = *record.layout;
    by_hand.factor_text.clear();
    own_function.factor_text = "# arithmetic 2\nfactor a = my_own_thing(close, 5)\n";
    record.layout = record.sequence % 2 == 0 ? &by_hand : &own_function;
    record.layout_handle = LayoutHandle{static_cast<std::uint32_t>(record.sequence % 2)};
    ASSERT_TRUE(again.take(record));
  }
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_EQ(again.counts().foreign_ticks, 100U);
  EXPECT_EQ(again.counts().values_compared, 0U);
  ASSERT_EQ(again.unknown().size(), 2U);
  EXPECT_NE(again.unknown()[0].why.find("my_own_thing"), std::string::npos);
  EXPECT_NE(again.unknown()[1].why.find("by hand"), std::string::npos);
}

// Values of an earlier release differ in last bits: they are named, not called wrong.
TEST_F(RecomputationTest, ValuesOfAnotherArithmeticAreCountedAndNotCompared) {
  write("factor a = ts_mean(close, 5)\n", 0, 50);
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), view(), names);
  Recomputation again([this](const ValueMismatch& found) { mismatches_.push_back(found); });
  LogRecord record;
  TickLayout earlier;
  while (reader.next(record).value()) {
    if (record.type != RecordType::kTick) continue;
    earlier = *record.layout;
    earlier.factor_text = "factor a = ts_mean(close, d=5, minp=5)\n";
    record.layout = &earlier;
    ASSERT_TRUE(again.take(record));
  }
  EXPECT_TRUE(mismatches_.empty());
  EXPECT_EQ(again.counts().foreign_ticks, 50U);
  ASSERT_EQ(again.unknown().size(), 1U);
  EXPECT_NE(again.unknown()[0].why.find("earlier release"), std::string::npos);
}

}  // namespace
}  // namespace factorwal::history
