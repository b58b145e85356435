// Damage in a log, and an engine that goes on: who is hit, who is not, and that whatever is called
// exact is exact, bit for bit, as in a twin whose log was never damaged.

#include <algorithm>
#include <set>

#include "engine/quarantine_fixture.h"

namespace factorwal::test {
namespace {

TEST_F(QuarantineTest, OneDamagedFrameHitsThoseWithAGapAndNobodyElse) {
  const auto twin = twin_values(900);
  make_log("log", 600);
  const auto frames = frames_of(dir_ / "log");
  const auto& victim = frames[frames.size() / 2];
  const auto hit = instruments_in(victim);
  ASSERT_LT(hit.size(), 6U);
  flip(victim);

  const auto refused = Engine::open(dir_ / "log", factors(), options_with(OnCorruption::kRefuse));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorruption);

  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  const auto& certificate = engine->certificate();
  EXPECT_EQ(certificate.decision, RecoveryCase::kGoOnInQuarantine);
  EXPECT_EQ(certificate.lost_records, victim.last - victim.first + 1);
  ASSERT_EQ(certificate.corrupt.size(), 1U);
  EXPECT_EQ(certificate.corrupt[0].offset, victim.offset);
  EXPECT_EQ(certificate.corrupt[0].first_sequence, victim.first);
  EXPECT_EQ(certificate.corrupt[0].last_sequence, victim.last);
  std::set<std::string> told;
  for (const auto& one : certificate.hit) {
    EXPECT_TRUE(one.gap);
    told.insert(one.instrument_id);
  }
  EXPECT_EQ(told, hit);
  for (const auto& tick : ticks_) {
    const auto quality = engine->quality(engine->instrument(tick.instrument).value(), "ema9");
    EXPECT_EQ(quality->quality == Quality::kHit, hit.contains(tick.instrument));
  }
  EXPECT_GT(expect_exact_values_are_the_twins(*engine, 600, twin), 300U);
  ASSERT_TRUE(engine->close());

  // What is hit stays hit over a restart, which needs no quarantine any more: it does not read
  // what lies before the states that were written behind the damage.
  auto again = open("log", factors(), options_with(OnCorruption::kRefuse));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->certificate().decision, RecoveryCase::kGoOn);
  EXPECT_FALSE(again->certificate().perfect());
  for (const auto& tick : ticks_) {
    const auto quality = again->quality(again->instrument(tick.instrument).value(), "ema9");
    EXPECT_EQ(quality->quality == Quality::kHit, hit.contains(tick.instrument));
  }
}

TEST_F(QuarantineTest, WhateverFrameIsDamagedWhatIsCalledExactIsExact) {
  const auto twin = twin_values(900);
  make_log("log", 600);
  const auto frames = frames_of(dir_ / "log");
  for (std::size_t i = 0; i < frames.size(); i += 1 + frames.size() / 12) {
    SCOPED_TRACE("frame " + std::to_string(i));
    const auto name = "copy" + std::to_string(i);
    std::filesystem::copy(std::string(dir_ / "log"), std::string(dir_ / name));
    auto place = frames[i];
    place.file = dir_ / name / std::filesystem::path(place.file).filename().string();
    flip(place);
    auto engine = open(name, factors(), options_with(OnCorruption::kQuarantine));
    ASSERT_TRUE(engine);
    EXPECT_GT(engine->certificate().lost_records, 0U);
    EXPECT_GT(expect_exact_values_are_the_twins(*engine, 600, twin), 0U);
    ASSERT_TRUE(engine->close());
  }
}

TEST_F(QuarantineTest, WhoCannotHaveLostATickIsNotHitAlthoughNoneOfItsTicksTells) {
  // A has its last tick before the damage, and B a gap that accounts for all that is lost.
  ticks_ = make_ticks(900, 2, 11);
  std::ranges::stable_sort(ticks_.begin(), ticks_.begin() + 300, {}, &MadeTick::instrument);
  for (std::size_t i = 0; i < 300; ++i) ticks_[i].timestamp_ns = static_cast<TimestampNs>(1000 * i);
  const auto twin = twin_values(900);
  make_log("log", 300);
  const auto frames = frames_of(dir_ / "log");
  // The last one with a window of ticks behind it: how many each frame has is a matter of timing.
  const auto victim_at = std::ranges::find_if(
      frames.rbegin(), frames.rend(),
      [](const auto& frame) { return frame.last > 0 && frame.last + kWindow <= 300; });
  ASSERT_NE(victim_at, frames.rend());
  const auto& victim = *victim_at;
  ASSERT_EQ(instruments_in(victim), std::set<std::string>{"I1"});
  flip(victim);
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  const auto& certificate = engine->certificate();
  ASSERT_EQ(certificate.hit.size(), 1U);
  EXPECT_EQ(certificate.hit[0].instrument_id, "I1");
  EXPECT_TRUE(certificate.hit[0].gap);
  EXPECT_EQ(certificate.hit[0].lost_ticks, certificate.lost_records);
  ASSERT_EQ(certificate.missing.size(), 1U);
  EXPECT_EQ(certificate.missing[0].instrument_id, "I1");
  EXPECT_EQ(certificate.missing[0].factor_ids, (std::vector<std::string>{"ema9"}))
      << "the window is full again";
  EXPECT_GT(expect_exact_values_are_the_twins(*engine, 300, twin), 600U);
}

TEST_F(QuarantineTest, WithoutACountOfTheLostAWindowIsExactOnceItIsFullAgain) {
  // Either may have lost the ticks at the end. A window depends on its slots, not on how many ticks
  // there were; what carries a value along never forgets.
  ticks_ = make_ticks(900, 2, 11);
  const auto twin = twin_values(900);
  make_log("log", 300);
  const auto frames = frames_of(dir_ / "log");
  flip(frames.back());
  std::size_t exact = 0;
  {
    auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
    ASSERT_TRUE(engine);
    EXPECT_EQ(engine->certificate().hit.size(), 2U);
    exact = expect_exact_values_are_the_twins(*engine, 300, twin);
    const auto handle = engine->instrument("I0").value();
    EXPECT_EQ(engine->quality(handle, "ma")->quality, Quality::kExact);
    EXPECT_EQ(engine->quality(handle, "ema9")->quality, Quality::kHit);
    ASSERT_TRUE(engine->close());
  }
  EXPECT_EQ(exact, 2 * 600U - 2 * 7) << "of span, and of the mean but for seven ticks each";
  // A factor that comes later has the ticks of the log.
  std::string more(kFactors);
  more.append("factor late = ts_mean(bid, 5)\n");
  auto again = open("log", FactorSet::parse(more, TickSchema::quotes()).value(),
                    options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(again);
  for (const auto* name : {"ma", "late"}) {
    const auto handle = again->instrument("I0").value();
    EXPECT_EQ(again->quality(handle, name)->quality, Quality::kExact) << name;
  }
}

// Failure: after a second damage, to the states that said so, the guess passed for a count, and
// values were called exact that were not. Cause: a tick's number moved on by the guess alone. Cure:
// by so much more that no gap of that size is a count.
TEST_F(QuarantineTest, AGuessIsNoCountWhateverIsLostLater) {
  ticks_ = make_ticks(900, 2, 11);
  const auto twin = twin_values(900);
  make_log("log", 300);
  flip(frames_of(dir_ / "log").back());
  {
    auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
    ASSERT_TRUE(engine);
    ASSERT_NO_FATAL_FAILURE(feed_slowly(*engine, 300, 400, false));
    ASSERT_TRUE(engine->close());
  }
  std::size_t states = 0;
  for (const auto& frame : frames_of(dir_ / "log")) {
    if (!frame.has_state) continue;
    flip(frame);
    ++states;
  }
  ASSERT_GT(states, 0U);
  auto again = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(again);
  for (const auto& one : again->certificate().hit) EXPECT_FALSE(one.gap) << one.instrument_id;
  EXPECT_GT(expect_exact_values_are_the_twins(*again, 400, twin), 900U)
      << "of span, and of windows that are full again";
}

// Failure: values were called exact that were not, of a factor that had been there all the time,
// when retention had cut the damage away and another factor was new. Cause: where a log begins
// late, the ticks before count as counted. Cure: their number says whether they are.
TEST_F(QuarantineTest, AGuessIsNoCountWhenRetentionHasCutTheDamage) {
  ticks_ = make_ticks(9000, 2, 11);
  per_commit_ = 50;
  make_log("log", 600);
  flip(frames_of(dir_ / "log").back());
  auto options = options_with(OnCorruption::kQuarantine);
  options.snapshot_every = 1500;
  options.log.keep_bytes = 1;
  std::size_t fed = 600;
  for (const std::size_t end : {1200U, 8000U}) {
    auto engine = open("log", factors(), options);
    ASSERT_TRUE(engine);
    ASSERT_NO_FATAL_FAILURE(feed_slowly(*engine, fed, end, false));
    ASSERT_TRUE(engine->close());
    fed = end;
  }
  ASSERT_GT(frames_of(dir_ / "log").front().segment, 2U) << "nothing was cut";
  const auto text = std::string(kFactors) + "factor fresh = ema(close, 5)\n";
  auto engine = open("log", FactorSet::parse(text, TickSchema::quotes()).value(), options);
  ASSERT_TRUE(engine);
  EXPECT_TRUE(engine->certificate().hit.empty()) << "the damage is gone";
  for (const auto& factor : engine->certificate().factors) {
    EXPECT_EQ(factor.approximate > 0, factor.doubtful_since > 0) << factor.factor_id;
  }
  ASSERT_NO_FATAL_FAILURE(feed_slowly(*engine, fed, 9000, false));
  for (const auto& tick : ticks_) {
    const auto instrument = engine->instrument(tick.instrument).value();
    ASSERT_EQ(engine->quality(instrument, "ma")->quality, Quality::kExact) << tick.instrument;
    ASSERT_NE(engine->quality(instrument, "ema9")->quality, Quality::kExact) << tick.instrument;
  }
}

// Failure: retention cut the damaged segment in the same run, where only the ticks had told of it.
TEST_F(QuarantineTest, RetentionLeavesTheDamageInPlace) {
  ticks_ = make_ticks(9000, 6, 11);
  per_commit_ = 50;
  make_log("log", 2800);
  const auto frames = frames_of(dir_ / "log");
  ASSERT_GT(frames.back().segment, frames.front().segment)
      << "not where the log's end is looked for";
  flip(frames[2]);
  auto options = options_with(OnCorruption::kQuarantine);
  options.snapshot_every = 300;
  options.log.keep_bytes = 1;
  auto engine = open("log", factors(), options);
  ASSERT_TRUE(engine);
  ASSERT_FALSE(engine->certificate().hit.empty());
  ASSERT_NO_FATAL_FAILURE(feed_slowly(*engine, 2800, 6000, false));
  ASSERT_TRUE(engine->close());
  EXPECT_TRUE(std::filesystem::exists(frames.front().file));
  engine = open("log", factors(), options);
  ASSERT_TRUE(engine);
  ASSERT_NO_FATAL_FAILURE(feed_slowly(*engine, 6000, 9000, false));
  ASSERT_TRUE(engine->close());
  EXPECT_FALSE(std::filesystem::exists(frames.front().file)) << "nothing depends on it any more";
}

TEST_F(QuarantineTest, DamageBeforeTheLastSnapshotHitsNobody) {
  make_longer();
  const auto twin = twin_values(3000);
  {
    auto engine = open("log", factors(), options_with(OnCorruption::kRefuse));
    feed_slowly(*engine, 0, 2600, false);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const auto frames = frames_of(dir_ / "log");
  const auto last_segment = frames.back().segment;
  ASSERT_GT(last_segment, frames.front().segment);
  flip(frames.front());
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  EXPECT_EQ(expect_exact_values_are_the_twins(*engine, 2600, twin), 3 * 400U);
}

// A replay would begin behind it, but an open reads the last segment as a whole.
TEST_F(QuarantineTest, DamageOfTheLastSegmentBeforeTheLastSnapshotIsForetold) {
  const auto twin = twin_values(900);
  {
    auto engine = open("log", factors(), options_with(OnCorruption::kRefuse));
    feed_slowly(*engine, 0, 400, false);
    ASSERT_TRUE(engine->checkpoint());
    feed_slowly(*engine, 400, 640, false);
    ASSERT_TRUE(engine->close());
  }
  flip(frames_of(dir_ / "log").front());
  const auto foretold = examine_recovery(dir_ / "log", OnCorruption::kRefuse);
  ASSERT_TRUE(foretold) << foretold.error().message;
  EXPECT_EQ(foretold->decision, RecoveryCase::kRefuseCorrupt);
  EXPECT_EQ(Engine::open(dir_ / "log", factors(), options_with(OnCorruption::kRefuse)).error().code,
            Errc::kCorruption);
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->certificate().decision, RecoveryCase::kGoOnInQuarantine);
  EXPECT_EQ(expect_exact_values_are_the_twins(*engine, 640, twin), 3 * 260U);
}

TEST_F(QuarantineTest, ADamagedStateFallsBackToTheGenerationBefore) {
  const auto twin = twin_values(900);
  {
    auto engine = open("log", factors(), options_with(OnCorruption::kRefuse));
    feed_slowly(*engine, 0, 200, false);
    ASSERT_TRUE(engine->checkpoint());
    feed_slowly(*engine, 200, 420, false);
    ASSERT_TRUE(engine->checkpoint());
    feed_slowly(*engine, 420, 640, false);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const auto frames = frames_of(dir_ / "log");
  const auto last_state = std::find_if(frames.rbegin(), frames.rend(),
                                       [](const Place& place) { return place.has_state; });
  ASSERT_NE(last_state, frames.rend());
  ASSERT_EQ(last_state->last, 0U) << "the states have a frame of their own";
  flip(*last_state);
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  const auto& certificate = engine->certificate();
  EXPECT_EQ(certificate.lost_records, 0U);
  EXPECT_TRUE(certificate.hit.empty());
  EXPECT_EQ(certificate.snapshots.from_last, 0U);
  EXPECT_EQ(certificate.snapshots.from_previous + certificate.snapshots.from_log, 6U);
  EXPECT_EQ(expect_exact_values_are_the_twins(*engine, 640, twin), 3 * 260U);
}

TEST_F(QuarantineTest, AMissingSegmentIsToldAndItsRecordsAreNeverNumberedAgain) {
  make_longer();
  const auto twin = twin_values(3000);
  for (const bool last : {false, true}) {
    SCOPED_TRACE(last ? "the last segment" : "one in the middle");
    const auto name = std::string(last ? "tail" : "middle");
    make_log(name, 2800);
    const auto frames = frames_of(dir_ / name);
    const auto highest = frames.back().last;
    const auto& gone = last ? frames.back() : frames[frames.size() / 2];
    ASSERT_GT(frames.back().segment, frames[frames.size() / 2].segment);
    std::filesystem::remove(gone.file);
    ASSERT_FALSE(Engine::open(dir_ / name, factors(), options_with(OnCorruption::kRefuse)));
    auto engine = open(name, factors(), options_with(OnCorruption::kQuarantine));
    ASSERT_TRUE(engine);
    EXPECT_GT(engine->certificate().lost_records, 0U);
    EXPECT_FALSE(engine->certificate().hit.empty());
    if (!last) (void)expect_exact_values_are_the_twins(*engine, 2800, twin);
    const auto some = engine->instrument("I0").value();
    ASSERT_TRUE(engine->process_tick({some, 1, ticks_[0].fields}));
    ASSERT_TRUE(engine->close());
    EXPECT_GT(frames_of(dir_ / name).back().last, highest);
  }
}

TEST_F(QuarantineTest, AnInstrumentThatIsFedAgainFromTheBeginningIsExact) {
  const auto twin = twin_values(900);
  make_log("log", 600);
  const auto frames = frames_of(dir_ / "log");
  flip(frames[frames.size() / 2]);
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  ASSERT_FALSE(engine->certificate().hit.empty());
  const auto id = engine->certificate().hit.front().instrument_id;
  const auto handle = engine->instrument(id).value();
  ASSERT_TRUE(engine->restart_instrument(handle));
  const auto feed_again = [&](Engine& to, std::size_t from, std::size_t end) {
    for (std::size_t i = from; i < end; ++i) {
      if (ticks_[i].instrument != id) continue;
      EXPECT_EQ(feed(to, ticks_, i, i + 1), twin[i]) << i;
    }
  };
  feed_again(*engine, 0, 700);
  EXPECT_EQ(engine->quality(handle, "ema9")->quality, Quality::kExact);
  ASSERT_TRUE(engine->close());
  // The restart is in the log: its tick is a first one.
  auto again = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(again);
  feed_again(*again, 700, 900);
}

TEST_F(QuarantineTest, TheCertificateSaysAllOfItInTextAndJson) {
  make_log("log", 300);
  const auto frames = frames_of(dir_ / "log");
  flip(frames[frames.size() / 2]);
  auto engine = open("log", factors(), options_with(OnCorruption::kQuarantine));
  ASSERT_TRUE(engine);
  const auto text = engine->certificate().to_text();
  const auto json = engine->certificate().to_json();
  for (const auto* word : {"go on in quarantine", "corrupt", "tick"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
  for (const auto* key : {"\"decision\": \"go on in quarantine\"", "\"accepted\": 300",
                          "\"written\": 300", "\"durable\": 300", "\"evidence\": \"gap\"",
                          "\"factor_id\": \"ema9\"", "\"boot_id\"", "\"replay_time\""}) {
    EXPECT_NE(json.find(key), std::string::npos) << key << "\n" << json;
  }
}

}  // namespace
}  // namespace factorwal::test
