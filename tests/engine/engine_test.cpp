#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "engine/engine_fixture.h"
#include "support/file_text.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

/// Feeds ticks in a child process that ends without any clean-up, as a crash does.
void feed_and_die(const std::string& directory, const FactorSet& factors, EngineOptions options,
                  const std::vector<MadeTick>& ticks, std::size_t from, std::size_t to) {
  const pid_t child = fork();
  if (child == 0) {
    auto engine = Engine::open(directory, factors, options);
    if (!engine) _exit(2);
    // Flushed now and then, so that frames are smaller than segments, as in a live run.
    for (auto at = from; at < to; at += 250) {
      (void)feed(**engine, ticks, at, std::min(at + 250, to));
      if (!(*engine)->flush(std::chrono::seconds(60))) _exit(3);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(EngineTest, ValuesAfterReopeningAreThoseOfAnEngineThatNeverStopped) {
  const auto ticks = make_ticks(6000, 5, 1);
  auto whole = open("whole");
  const auto truth = feed(*whole, ticks, 0, ticks.size());
  std::mt19937_64 random(2);
  Bits parts;
  std::size_t at = 0;
  while (at < ticks.size()) {
    EngineOptions options;
    options.snapshot_every = random() % 3 == 0 ? 0 : 50 + random() % 1000;
    options.log.segment_bytes = 65536;
    auto engine = open("parts", default_factors(), options);
    ASSERT_EQ(row_of(engine->recovery()), at);
    const auto to = std::min(ticks.size(), at + 1 + random() % 1500);
    const auto bits = feed(*engine, ticks, at, to);
    parts.insert(parts.end(), bits.begin(), bits.end());
    if (random() % 3 == 0) {
      ASSERT_TRUE(engine->checkpoint());
    }
    ASSERT_TRUE(engine->close());
    at = to;
  }
  EXPECT_EQ(parts, truth);
}

TEST_F(EngineTest, ValuesAfterACrashAreThoseOfAnEngineThatNeverStopped) {
  const auto ticks = make_ticks(4000, 7, 3);
  // Closed before the forks: a child has no use for the threads of this process.
  const auto truth = feed(*open("whole"), ticks, 0, ticks.size());
  EngineOptions options;
  options.snapshot_every = 300;
  options.log.segment_bytes = 65536;
  std::size_t at = 0;
  for (const std::size_t to : {1UL, 17UL, 900UL, 2100UL, 3500UL}) {
    feed_and_die(dir_ / "crashed", default_factors(), options, ticks, at, to);
    at = to;
  }
  auto engine = open("crashed", default_factors(), options);
  EXPECT_FALSE(engine->recovery().log.clean);
  ASSERT_EQ(row_of(engine->recovery()), at);
  const auto bits = feed(*engine, ticks, at, ticks.size());
  const auto rest = Bits(truth.end() - static_cast<std::ptrdiff_t>(bits.size()), truth.end());
  EXPECT_EQ(bits, rest);
}

TEST_F(EngineTest, ReplayByManyThreadsGivesTheBitsOfAnEngineThatNeverStopped) {
  constexpr std::size_t kInstruments = 40;
  constexpr std::size_t kReplayed = 18'000;  // no close saves states for so few
  const auto ticks = make_ticks(kReplayed + 2000, kInstruments, 5);
  const auto feed_first = [&](Engine& engine) {
    (void)feed(engine, ticks, 0, kReplayed / 2);
    ASSERT_TRUE(engine.restart_instrument(engine.instrument("I7").value()));
    (void)feed(engine, ticks, kReplayed / 2, kReplayed);
  };
  const auto latest = [&](Engine& engine) {
    Bits bits;
    for (std::size_t i = 0; i < kInstruments; ++i) {
      const auto instrument = engine.instrument(instrument_name(i)).value();
      for (const auto& name : engine.factors().names()) {
        const std::array value{engine.get_factor(instrument, name).value()};
        append_bits(bits, value);
      }
    }
    return bits;
  };
  auto whole = open("whole");
  feed_first(*whole);
  EngineOptions options;
  options.snapshot_every = 0;
  auto engine = open("reopened", default_factors(), options);
  feed_first(*engine);
  ASSERT_TRUE(engine->close());
  engine = open("reopened", default_factors(), options);
  ASSERT_EQ(engine->recovery().ticks_replayed, kReplayed);
  EXPECT_EQ(latest(*engine), latest(*whole));
  EXPECT_EQ(feed(*engine, ticks, kReplayed, ticks.size()),
            feed(*whole, ticks, kReplayed, ticks.size()));
}

TEST_F(EngineTest, SnapshotsKeepTheReplayShort) {
  const auto ticks = make_ticks(30'000, 4, 4);
  EngineOptions options;
  options.snapshot_every = 2000;
  options.log.segment_bytes = 65536;
  feed_and_die(dir_ / "data", default_factors(), options, ticks, 0, ticks.size());
  auto engine = open("data", default_factors(), options);
  EXPECT_EQ(engine->recovery().instruments, 4U);
  EXPECT_EQ(engine->recovery().states_loaded, 4U);
  // Since the last complete generation, and what else its first segment holds.
  EXPECT_LT(engine->recovery().ticks_replayed, 5000U);
}

// Reading began with the segment in which the generation had, and with whatever state came first
// there: of a large segment nearly all ticks were replayed.
TEST_F(EngineTest, ReplayBeginsWhereTheLastGenerationDid) {
  const auto ticks = make_ticks(12'000, 4, 6);
  EngineOptions options;
  options.snapshot_every = 1000;
  auto whole = open("whole", default_factors(), options);
  (void)feed(*whole, ticks, 0, 10'500);
  {
    auto engine = open("data", default_factors(), options);
    // New names at any time: their definitions lie among ticks.
    for (std::size_t at = 0; at < 10'500; at += 500) {
      (void)feed(*engine, ticks, at, at + 500);
      (void)engine->instrument("new " + std::to_string(at)).value();
      ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
    }
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data", default_factors(), options);
  EXPECT_EQ(engine->recovery().states_loaded, 4U);
  EXPECT_LT(engine->recovery().ticks_replayed, 1600U);
  EXPECT_EQ(feed(*engine, ticks, 10'500, ticks.size()), feed(*whole, ticks, 10'500, ticks.size()));
}

TEST_F(EngineTest, EventTimesFromBeforeTheReplayAreKept) {
  const auto ticks = make_ticks(1000, 2, 7);
  {
    auto engine = open("data");
    (void)feed(*engine, ticks, 0, 300);
    ASSERT_TRUE(engine->persister().send_update("rare", "f", 1.0, 500'000));
    (void)feed(*engine, ticks, 300, 600);
    ASSERT_TRUE(engine->checkpoint());
    (void)feed(*engine, ticks, 600, 700);
    ASSERT_TRUE(engine->close());
  }
  {
    auto engine = open("data");
    ASSERT_EQ(engine->recovery().ticks_replayed, 100U);
    ASSERT_TRUE(engine->persister().send_snapshot("rare", {{"f", 2.0}}, 1));
    ASSERT_TRUE(engine->close());
  }
  auto stream = RecordStream::open(dir_ / "data").value();
  LogRecord record;
  TimestampNs time = 0;
  while (stream.next(record)) {
    if (record.type == RecordType::kSnapshot) time = record.timestamp_ns;
  }
  EXPECT_EQ(time, 500'000);
}

TEST_F(EngineTest, ACheckpointLeavesNothingToReplayFromEarlierSegments) {
  const auto ticks = make_ticks(2000, 3, 5);
  {
    auto engine = open("data");
    (void)feed(*engine, ticks, 0, 1000);
    ASSERT_TRUE(engine->close());
  }
  {
    auto engine = open("data");
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data");
  EXPECT_EQ(engine->recovery().states_loaded, 3U);
  EXPECT_EQ(engine->recovery().ticks_replayed, 0U);
  EXPECT_EQ(row_of(engine->recovery()), 1000U);
  auto whole = open("whole");
  const auto truth = feed(*whole, ticks, 0, 2000);
  const auto bits = feed(*engine, ticks, 1000, 2000);
  EXPECT_EQ(bits, Bits(truth.end() - static_cast<std::ptrdiff_t>(bits.size()), truth.end()));
}

// Failure: closed while a snapshot generation was being written, one instrument a tick, an engine
// replayed everything since the generation before. Cause: only finished generations count, and
// close wrote none because one had just begun. Cure: close finishes it.
TEST_F(EngineTest, CloseFinishesAGenerationThatWasBegun) {
  const auto ticks = make_ticks(5000, 50, 11);
  EngineOptions options;
  options.snapshot_every = 4990;
  options.log.segment_bytes = 65536;
  {
    auto engine = open("data", default_factors(), options);
    for (std::size_t at = 0; at < ticks.size(); at += 250) {
      (void)feed(*engine, ticks, at, at + 250);
      ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
    }
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data", default_factors(), options);
  EXPECT_EQ(engine->recovery().states_loaded, 50U);
  // What the generation's first segment holds of ticks before it.
  EXPECT_LT(engine->recovery().ticks_replayed, 1000U);
}

void change_byte(const std::filesystem::path& path, std::streamoff offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const auto byte = static_cast<char>(file.get() ^ 0x40);
  file.seekp(offset);
  file.put(byte);
}

// Failure: an open that refused a damaged log had already begun a new segment in it. Cause: the
// writer was opened before the log was replayed. Cure: recovery comes first.
TEST_F(EngineTest, ARefusedOpenChangesNothing) {
  const auto ticks = make_ticks(3000, 3, 12);
  EngineOptions options;
  options.snapshot_every = 0;
  options.log.segment_bytes = 65536;
  feed_and_die(dir_ / "data", default_factors(), options, ticks, 0, ticks.size());
  change_byte(dir_ / "data" / "wal-00000001.seg", 9000);
  const auto before = contents_of(dir_ / "data");
  for (int i = 0; i < 2; ++i) {
    const auto engine = Engine::open(dir_ / "data", default_factors(), options);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, Errc::kCorruption);
    EXPECT_NE(engine.error().message.find("wal-00000001.seg, offset"), std::string::npos)
        << engine.error().message;
  }
  auto after = contents_of(dir_ / "data");
  after["LOCK"] = before.at("LOCK");  // it holds the pid of the last that tried
  EXPECT_TRUE(after == before);
}

TEST_F(EngineTest, WhatACrashHasTornIsTold) {
  const auto ticks = make_ticks(300, 3, 13);
  feed_and_die(dir_ / "data", default_factors(), {}, ticks, 0, ticks.size());
  const auto view = wal::open_log_view(posix_file_system(), dir_ / "data").value();
  {
    std::fstream file(view.segments.back().path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(view.segments.back().end));
    file << "half a frame";
  }
  auto engine = open("data");
  ASSERT_EQ(engine->recovery().log.findings.size(), 1U);
  EXPECT_NE(engine->recovery().log.findings[0].damage, Damage::kCorrupt);
  EXPECT_EQ(engine->recovery().log.findings[0].offset, view.segments.back().end);
  EXPECT_EQ(row_of(engine->recovery()), ticks.size());
}

TEST_F(EngineTest, AFactorAddedLaterEqualsOneThatWasAlwaysThere) {
  const auto ticks = make_ticks(3000, 3, 6);
  const auto schema = TickSchema::quotes();
  const auto before =
      FactorSet::parse("factor a = ema(close, 12)\nfactor b = rsi(close, 14)\n", schema).value();
  const auto after =
      FactorSet::parse("factor b = rsi(close, 14)\nfactor c = ts_corr(close, volume, 20)\n", schema)
          .value();
  auto whole = open("whole", after);
  const auto truth = feed(*whole, ticks, 0, ticks.size());
  EngineOptions options;
  options.snapshot_every = 200;
  options.log.segment_bytes = 65536;
  {
    auto engine = open("data", before, options);
    (void)feed(*engine, ticks, 0, 2000);
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data", after, options);
  const auto bits = feed(*engine, ticks, 2000, 3000);
  EXPECT_EQ(bits, Bits(truth.end() - static_cast<std::ptrdiff_t>(bits.size()), truth.end()));
}

TEST_F(EngineTest, ASchemaWithOtherColumnsGoesOnWithTheSameFields) {
  const auto text = "factor m = ts_mean(close, 3)\n";
  const auto one = TickSchema::make({"close", "volume"}).value();
  const auto two = TickSchema::make({"open", "close"}).value();
  {
    auto engine = open("data", FactorSet::parse(text, one).value());
    const auto cu = engine->instrument("cu").value();
    for (const double x : {1.0, 2.0}) {
      const double fields[] = {x, 9};
      ASSERT_TRUE(engine->process_tick({cu, 1, fields}));
    }
  }
  auto engine = open("data", FactorSet::parse(text, two).value());
  const auto cu = engine->instrument("cu").value();
  const double fields[] = {9, 6};
  const auto result = engine->process_tick({cu, 2, fields});
  ASSERT_TRUE(result);
  EXPECT_EQ(result.values[0], 3.0);
}

TEST_F(EngineTest, ARefusedTickLeavesNoTrace) {
  const auto ticks = make_ticks(4000, 1, 7);
  auto whole = open("whole");
  const auto truth = feed(*whole, ticks, 0, ticks.size());
  EngineOptions options;
  options.persist.channel_bytes = 65536;
  options.persist.when_full = FactorWalConfig::WhenFull::kRefuse;
  auto engine = open("data", default_factors(), options);
  const auto instrument = engine->instrument("I0").value();
  Bits bits;
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < ticks.size();) {
    std::unique_lock<std::mutex> disk(engine->persister().wal()->log().mutex, std::defer_lock);
    if (i % 1000 == 0) disk.lock();  // the persister stands still until the channel is full
    for (;;) {
      if (i == ticks.size()) break;
      const auto result =
          engine->process_tick({instrument, ticks[i].timestamp_ns, ticks[i].fields});
      if (!result) {
        ASSERT_EQ(result.status, SendStatus::kFull);
        EXPECT_TRUE(result.values.empty());
        ++refused;
        break;
      }
      append_bits(bits, result.values);
      ++i;
    }
  }
  EXPECT_EQ(bits, truth);
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(engine->persister().stats().refusals, refused);
  ASSERT_TRUE(engine->close());
  auto again = open("data", default_factors(), options);
  EXPECT_EQ(again->recovery().log.last_sequence, ticks.size());
}

TEST_F(EngineTest, WrongCallsAreAnsweredAndChangeNothing) {
  auto engine = open("data");
  const auto ticks = make_ticks(2, 1, 8);
  const auto instrument = engine->instrument("I0").value();
  EXPECT_EQ(engine->process_tick({instrument, 1, {}}).status, SendStatus::kMismatch);
  EXPECT_EQ(engine->process_tick({{}, 1, ticks[0].fields}).status, SendStatus::kMismatch);
  EXPECT_EQ(engine->process_tick({{12345}, 1, ticks[0].fields}).status, SendStatus::kMismatch);
  const std::vector<std::byte> long_position(kPositionBytesMax + 1);
  EXPECT_EQ(engine->process_tick({instrument, 1, ticks[0].fields}, long_position).status,
            SendStatus::kTooLarge);
  EXPECT_FALSE(engine->instrument(""));
  EXPECT_FALSE(engine->instrument(std::string(256, 'x')));
  EXPECT_FALSE(engine->instrument("\xff"));
  EXPECT_TRUE(engine->instrument(std::string(255, 'x')));
  EXPECT_EQ(engine->get_factor(instrument, "ma5"), std::nullopt);
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(engine->process_tick({instrument, 1, ticks[0].fields}).status, SendStatus::kClosed);
  EXPECT_EQ(engine->checkpoint().error().code, Errc::kClosed);
  EXPECT_TRUE(engine->close());
  EXPECT_EQ(engine->durable_sequence(), 0U);
}

// Failure: a handle that nobody gave was accepted, and the persister's thread died of it.
TEST_F(EngineTest, AHandleThatIsNotKnownIsRefused) {
  auto engine = open("data");
  const auto known = engine->instrument("I0").value();
  const auto factor = engine->persister().factor("f").value();
  EXPECT_EQ(engine->persister().send_update({}, factor, 1, 1).status, SendStatus::kMismatch);
  EXPECT_EQ(engine->persister().send_update(known, {}, 1, 1).status, SendStatus::kMismatch);
  EXPECT_EQ(engine->persister().send_update({999}, {999}, 1, 1).status, SendStatus::kMismatch);
  EXPECT_TRUE(engine->persister().send_update(known, factor, 1, 1));
  EXPECT_TRUE(engine->close());
}

TEST_F(EngineTest, ASecondCallerIsTold) {
  auto engine = open("data");
  const auto ticks = make_ticks(1, 1, 9);
  const auto instrument = engine->instrument("I0").value();
  auto inner = SendStatus::kAccepted;
  (void)engine->cache().subscribe([&](const CachedFactors&) {
    inner = engine->process_tick({instrument, 1, ticks[0].fields}).status;
  });
  EXPECT_TRUE(engine->process_tick({instrument, 1, ticks[0].fields}));
  EXPECT_EQ(inner, SendStatus::kBusy);
}

// Failure: the exception left `process_tick`, and its caller took an accepted tick for a failed
// one.
TEST_F(EngineTest, ATickWhoseSubscriberThrowsIsAcceptedAndItsCallerHearsSo) {
  auto engine = open("data");
  const auto ticks = make_ticks(3, 1, 9);
  int others = 0;
  (void)engine->cache().subscribe([](const CachedFactors& item) {
    if (item.tick_count == 2) throw std::runtime_error("subscriber");
  });
  (void)engine->cache().subscribe([&](const CachedFactors&) { ++others; });
  const auto bits = feed(*engine, ticks, 0, 3);
  EXPECT_EQ(bits.size(), 3 * engine->factors().size());
  EXPECT_EQ(others, 3);
  EXPECT_EQ(engine->cache().callback_failures().count, 1U);
  EXPECT_EQ(engine->marks().accepted, 3U);
  ASSERT_TRUE(engine->close());
}

TEST_F(EngineTest, ASecondEngineOnADirectoryIsRefusedWithThePid) {
  auto engine = open("data");
  const auto second = Engine::open(dir_ / "data", default_factors());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kLocked);
  EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos);
}

TEST_F(EngineTest, RecordsBesideTheTicksShareTheLog) {
  const auto ticks = make_ticks(500, 2, 10);
  {
    auto engine = open("data");
    (void)feed(*engine, ticks, 0, 250);
    ASSERT_TRUE(engine->persister().send_update("other", "signal", 1.5, 7));
    ASSERT_TRUE(engine->advance_time(1'000'000));
    (void)feed(*engine, ticks, 250, 500);
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data");
  EXPECT_EQ(engine->recovery().log.last_sequence, 502U);
  EXPECT_EQ(row_of(engine->recovery()), 500U);
}

}  // namespace
}  // namespace factorwal::test
