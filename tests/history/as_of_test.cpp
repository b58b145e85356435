// An instrument rebuilt as of a sequence is what the live engine was after that record.
#include "history/as_of.h"

#include "history/logged_run.h"

namespace factorwal::history {
namespace {

using test::Bits;

class AsOfTest : public test::LoggedRun {
 protected:
  Result<AsOf> rebuild(const std::string& instrument, Sequence sequence,
                       std::optional<std::string> text = {}, std::size_t tick_count = 0) {
    wal::NameTable names;
    return rebuild_as_of(posix_file_system(), view(), names,
                         {instrument, sequence, std::move(text), "<test>", tick_count});
  }
  std::string refusal(const std::string& instrument, Sequence sequence) {
    const auto result = rebuild(instrument, sequence);
    if (result) return "";
    EXPECT_EQ(result.error().code, Errc::kNotFound);
    return result.error().message;
  }
  /// As retention leaves it.
  wal::LogView without_first_segments() {
    auto cut = view();
    EXPECT_GE(cut.segments.size(), 4U);
    cut.segments.erase(cut.segments.begin(), cut.segments.begin() + 2);
    return cut;
  }
  /// The last sequence up to `sequence` that is of `instrument`; 0 without one.
  Sequence last_of(const std::string& instrument, Sequence sequence) const {
    for (; sequence > 0; --sequence) {
      if (answers_[sequence - 1].instrument == instrument) return sequence;
    }
    return 0;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(AsOfTest, HasTheValuesThatTheLiveEngineHadAtAnySequence) {
  write(kFactors, 0, 1500, 400);
  write(kFactors, 1500, 3000, 400);
  std::uint64_t replayed = 0;
  for (Sequence sequence = 1; sequence <= 3000; sequence += 83) {
    for (const std::string instrument : {"I0", "I1", "I2"}) {
      const auto expected = last_of(instrument, sequence);
      if (expected == 0) continue;
      const auto result = rebuild(instrument, sequence);
      ASSERT_TRUE(result) << result.error().message;
      ASSERT_EQ(result->sequence, expected);
      ASSERT_GT(result->ticks_replayed, 0U);
      EXPECT_FALSE(result->replay.doubtful());
      ASSERT_EQ(bits_of(result->replay.values()), bits_of(answers_[expected - 1].values))
          << instrument << " as of " << sequence;
      EXPECT_EQ(bits_of(result->logged), bits_of(result->replay.values()));
      replayed = std::max(replayed, result->ticks_replayed);
    }
  }
  // Some 1,000 ticks an instrument; a saved state is never further away than its segment begins.
  EXPECT_LT(replayed, 700U) << "the nearest saved state is not used";
}

TEST_F(AsOfTest, HasTheStateBytesThatAnEngineHasWhichStoppedThere) {
  write(kFactors, 0, 1000, 150);
  auto result = rebuild("I1", 700);
  ASSERT_TRUE(result);
  graph::InstrumentGraph fresh(factors(kFactors).plan());
  std::vector<double> values(factors(kFactors).size());
  for (std::size_t i = 0; i < 700; ++i) {
    if (ticks_[i].instrument == "I1") fresh.evaluate(ticks_[i].fields, values);
  }
  std::vector<std::byte> expected;
  fresh.save(expected);
  std::vector<std::byte> rebuilt;
  result->replay.graph().save(rebuilt);
  EXPECT_EQ(rebuilt, expected);
}

TEST_F(AsOfTest, UsesTheFactorSetThatWasInUseThere) {
  write("factor a = ts_mean(close, 5)\n", 0, 500);
  write("factor a = ts_mean(close, 9)\nfactor b = ema(close, 4)\n", 500, 1000);
  EXPECT_EQ(rebuild("I0", 500)->replay.factors().names(), std::vector<std::string>{"a"});
  const auto later = rebuild("I0", 1000);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->replay.factors().names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(bits_of(later->replay.values()), bits_of(answers_[last_of("I0", 1000) - 1].values));
}

TEST_F(AsOfTest, ComputesOtherFactorsOverTheSameTicks) {
  write("factor a = ts_mean(close, 5)\n", 0, 600, 100);
  const auto sequence = last_of("I2", 600);
  const auto result = rebuild("I2", 600, kFactors);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->replay.doubtful());
  EXPECT_TRUE(result->logged.empty());
  answers_.clear();
  std::filesystem::remove_all(dir_ / "data");
  write(kFactors, 0, 600);
  EXPECT_EQ(bits_of(result->replay.values()), bits_of(answers_[sequence - 1].values));
}

TEST_F(AsOfTest, GivesTheLastTicksBack) {
  write(kFactors, 0, 400, 50);
  const auto result = rebuild("I0", 300, {}, 5);
  ASSERT_TRUE(result);
  ASSERT_EQ(result->ticks.size(), 5U);
  Sequence sequence = 300;
  for (auto tick = result->ticks.rbegin(); tick != result->ticks.rend(); ++tick) {
    sequence = last_of("I0", sequence);
    EXPECT_EQ(tick->sequence, sequence);
    EXPECT_EQ(bits_of(tick->fields), bits_of(ticks_[sequence - 1].fields));
    --sequence;
  }
}

TEST_F(AsOfTest, ASequenceThatIsNotThereIsRefusedWithTheRangeThatIs) {
  write(kFactors, 0, 200);
  EXPECT_TRUE(has(refusal("I0", 201), "sequence 201 is not reached: the log holds 1 to 200"));
  EXPECT_TRUE(has(refusal("I0", 0), "sequence 0 is not retained: the log holds 1 to 200"));
  EXPECT_TRUE(has(refusal("nobody", 200), "instrument nobody: the log holds no tick of it"));
  Sequence first = 1;
  while (answers_[first - 1].instrument != "I2") ++first;
  ASSERT_GT(first, 1U);
  EXPECT_TRUE(has(refusal("I2", first - 1),
                  "its first tick in the log is sequence " + std::to_string(first)));
}

TEST_F(AsOfTest, AnEmptyLogIsRefused) {
  write(kFactors, 0, 0);
  EXPECT_TRUE(has(refusal("I0", 1), "the log holds no records"));
}

TEST_F(AsOfTest, WithoutItsFirstTicksItStartsAtASavedState) {
  for (std::size_t from = 0; from < 4000; from += 1000) write(kFactors, from, from + 1000, 300);
  const auto cut = without_first_segments();
  const auto range = retained_range(cut);
  ASSERT_GT(range.first, 1U);
  wal::NameTable names;
  const auto at = [&](Sequence sequence) {
    return rebuild_as_of(posix_file_system(), cut, names, {"I0", sequence});
  };
  const auto early = at(range.first - 1);
  ASSERT_FALSE(early);
  EXPECT_TRUE(has(early.error().message,
                  "is not retained: the log holds " + std::to_string(range.first) + " to 4000"));
  for (auto sequence = last_of("I0", 4000); sequence >= range.first + 300;
       sequence = last_of("I0", sequence - 97)) {
    const auto result = at(sequence);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_FALSE(result->replay.doubtful());
    EXPECT_EQ(bits_of(result->replay.values()), bits_of(answers_[sequence - 1].values))
        << "as of " << sequence;
  }
}

TEST_F(AsOfTest, WithoutItsFirstTicksAndASavedStateItRefuses) {
  for (std::size_t from = 0; from < 4000; from += 1000) write(kFactors, from, from + 1000, 0);
  const auto cut = without_first_segments();
  wal::NameTable names;
  const auto refused = rebuild_as_of(posix_file_system(), cut, names, {"I0", 4000});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(has(refused.error().message, "cannot be rebuilt")) << refused.error().message;
}

}  // namespace
}  // namespace factorwal::history
