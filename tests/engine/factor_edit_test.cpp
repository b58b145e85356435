// Factor files change between opens: what stays keeps its state, what is new is computed from the
// log as far as that reaches, and the certificate says how far that is.

#include <array>

#include "engine/engine_fixture.h"

namespace factorwal::test {
namespace {

FactorSet parsed(std::string_view text) {
  return FactorSet::parse(text, TickSchema::quotes()).value();
}

constexpr std::string_view kBefore =
    "factor ma     = ts_mean(close, 8)\n"
    "factor ema9   = ema(close, 9)\n"
    "factor spread = spread()\n";
constexpr std::string_view kAfter =
    "factor ma    = ts_mean(close, 9)\n"  // edited
    "factor ema9  = ema(close, 9)\n"      // kept
    "factor rsi14 = rsi(close, 14)\n"     // added; spread removed
    "factor vol   = ts_sum(volume, 4)\n";

class FactorEdit : public EngineTest {
 protected:
  const std::vector<MadeTick> ticks_ = make_ticks(1200, 5, 23);

  const FactorRecovery& about(const Engine& engine, std::string_view id) {
    for (const auto& factor : engine.certificate().factors) {
      if (factor.factor_id == id) return factor;
    }
    ADD_FAILURE() << id;
    return engine.certificate().factors.front();
  }
};

TEST_F(FactorEdit, KeepsWhatStayedAndFillsWhatIsNewAsIfItHadAlwaysBeenThere) {
  for (const std::uint64_t snapshot_every : {0U, 150U}) {
    SCOPED_TRACE(snapshot_every);
    EngineOptions options;
    options.snapshot_every = snapshot_every;
    const auto name = "edit" + std::to_string(snapshot_every);
    {
      auto engine = open(name, parsed(kBefore), options);
      (void)feed(*engine, ticks_, 0, 800);
    }
    auto always = open(name + "always", parsed(kAfter), options);
    (void)feed(*always, ticks_, 0, 800);
    auto edited = open(name, parsed(kAfter), options);
    ASSERT_TRUE(edited);
    EXPECT_EQ(feed(*edited, ticks_, 800, 1200), feed(*always, ticks_, 800, 1200));
    EXPECT_EQ(about(*edited, "ema9").back_filled, 0U);
    EXPECT_EQ(about(*edited, "ema9").exact, 5U);
    for (const auto* id : {"ma", "rsi14", "vol"}) {
      EXPECT_EQ(about(*edited, id).exact, 5U) << id;
      EXPECT_EQ(about(*edited, id).back_filled, 5U) << id;
    }
    EXPECT_TRUE(edited->certificate().perfect());
  }
}

// Failure: behind states that every instrument had at the end of the log, a new factor without a
// state had no value until the next tick, and counted as one that had been there.
TEST_F(FactorEdit, ANewFactorWithoutAStateHasAValueBehindTheLastTick) {
  {
    auto engine = open("edit", parsed(kBefore));
    (void)feed(*engine, ticks_, 0, 800);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const auto with_mid = std::string(kBefore) + "factor mid = (ask + bid) / 2\n";
  auto always = open("always", parsed(with_mid));
  (void)feed(*always, ticks_, 0, 800);
  auto edited = open("edit", parsed(with_mid));
  for (std::size_t i = 0; i < 5; ++i) {
    const auto name = instrument_name(i);
    Bits there;
    Bits truth;
    for (const auto& id : edited->factors().names()) {
      const std::array found{edited->get_factor(edited->instrument(name).value(), id).value()};
      const std::array expected{always->get_factor(always->instrument(name).value(), id).value()};
      append_bits(there, found);
      append_bits(truth, expected);
    }
    EXPECT_EQ(there, truth) << name;
  }
  EXPECT_EQ(about(*edited, "mid").back_filled, 5U);
  EXPECT_EQ(about(*edited, "ma").back_filled, 0U);
}

// Failure: a factor whose own line had stayed, but not the line of what it reads, counted as one
// that had been there.
TEST_F(FactorEdit, AFactorThatReadsWhatChangedIsBackFilledAsWell) {
  const auto text = [](int window) {
    return "let m = ts_mean(close, " + std::to_string(window) +
           ")\nfactor d = m\nfactor same = ts_mean(close, 3)\nfactor over = close - m\n"
           "factor twice = over * 2\n";
  };
  {
    auto engine = open("edit", parsed(text(5)));
    (void)feed(*engine, ticks_, 0, 800);
  }
  auto edited = open("edit", parsed(text(7)));
  EXPECT_EQ(about(*edited, "same").back_filled, 0U);
  EXPECT_EQ(about(*edited, "over").back_filled, 5U);
  EXPECT_EQ(about(*edited, "twice").back_filled, 5U);
}

// Failure: behind ticks that retention had cut, factors that began late were made exact by the
// saved state of the same tick, and kept the value of the late beginning as their latest.
TEST_F(FactorEdit, ALatestValueThatAStateMakesExactIsTheStates) {
  EngineOptions options;
  options.snapshot_every = 0;
  options.log.segment_bytes = std::uint64_t{64} << 10;
  options.log.keep_bytes = 1;
  const std::string before = "factor e7 = ema(close, 7)\nfactor ma5 = ts_mean(close, 5)\n";
  const auto tick = [&](Engine& engine, std::size_t i) {
    const std::vector<double> fields(8, 100 + static_cast<double>(i % 13));
    const auto instrument = engine.instrument("I").value();
    ASSERT_TRUE(engine.process_tick({instrument, static_cast<TimestampNs>(i), fields}));
  };
  const auto latest = [](Engine& engine) {
    const auto instrument = engine.instrument("I").value();
    return std::array{engine.get_factor(instrument, "e7").value(),
                      engine.get_factor(instrument, "ma5").value()};
  };
  {
    auto engine = open("cut", parsed(before), options);
    for (std::size_t i = 0; i < 1000; ++i) tick(*engine, i);
    ASSERT_TRUE(engine->close());
  }
  std::array<double, 2> truth{};
  {
    auto engine = open("cut", parsed(before), options);
    tick(*engine, 1000);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(engine->checkpoint());
    truth = latest(*engine);
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("cut", parsed(before + "factor r5 = rsi(close, 5)\n"), options);
  EXPECT_EQ(engine->quality(engine->instrument("I").value(), "e7")->quality, Quality::kExact);
  EXPECT_EQ(engine->quality(engine->instrument("I").value(), "ma5")->quality, Quality::kExact);
  EXPECT_EQ(latest(*engine), truth);
}

TEST_F(FactorEdit, AFactorThatComesBackGoesOnFromTheTicksItMissed) {
  EngineOptions options;
  options.snapshot_every = 100;
  {
    auto engine = open("log", parsed(kBefore), options);
    (void)feed(*engine, ticks_, 0, 400);
  }
  {
    auto engine = open("log", parsed("factor ema9 = ema(close, 9)\n"), options);
    (void)feed(*engine, ticks_, 400, 800);
  }
  auto always = open("always", parsed(kBefore), options);
  (void)feed(*always, ticks_, 0, 800);
  auto again = open("log", parsed(kBefore), options);
  ASSERT_TRUE(again);
  EXPECT_EQ(feed(*again, ticks_, 800, 1200), feed(*always, ticks_, 800, 1200));
}

// Only what some factor reads is logged: a new factor over another field begins late, and says so;
// a window of it is exact once it is full.
TEST_F(FactorEdit, WithUsedInputsOnlyANewFactorOverAnotherFieldIsApproximateAndSaysSo) {
  EngineOptions options;
  options.log_inputs = EngineOptions::LogInputs::kUsed;
  {
    auto engine = open("log", parsed("factor ema9 = ema(close, 9)\n"), options);
    (void)feed(*engine, ticks_, 0, 800);
  }
  auto always = open("always", parsed(kAfter), options);
  (void)feed(*always, ticks_, 0, 800);
  auto edited = open("log", parsed(kAfter), options);
  ASSERT_TRUE(edited);
  EXPECT_EQ(about(*edited, "ma").exact, 5U);
  EXPECT_EQ(about(*edited, "rsi14").exact, 5U);
  EXPECT_EQ(about(*edited, "vol").approximate, 5U);
  EXPECT_GT(about(*edited, "vol").doubtful_since, 0U);
  EXPECT_FALSE(edited->certificate().perfect());
  (void)feed(*edited, ticks_, 800, 900);
  (void)feed(*always, ticks_, 800, 900);
  EXPECT_EQ(feed(*edited, ticks_, 900, 1200), feed(*always, ticks_, 900, 1200));
  const auto some = edited->instrument("I0").value();
  EXPECT_EQ(edited->quality(some, "vol")->quality, Quality::kExact);
}

TEST_F(FactorEdit, WithUsedInputsOnlyARestartIsExact) {
  EngineOptions options;
  options.log_inputs = EngineOptions::LogInputs::kUsed;
  auto unbroken = open("unbroken", parsed(kBefore), options);
  const auto expected = feed(*unbroken, ticks_, 0, 1200);
  Bits found;
  for (const std::size_t from : {0U, 400U, 800U}) {
    auto engine = open("log", parsed(kBefore), options);
    const auto part = feed(*engine, ticks_, from, from + 400);
    found.insert(found.end(), part.begin(), part.end());
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace factorwal::test
