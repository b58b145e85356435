/// Limits of an engine and a persister: taken at the limit, refused one beyond it, with nothing
/// changed. docs/limits.md lists all of them.

#include <filesystem>

#include "engine/engine_fixture.h"
#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "persist/core.h"
#include "wal/format/wal_format.h"

namespace factorwal::test {
namespace {

class Limits : public EngineTest {
 protected:
  void expect_refused(const FactorSet& factors, const EngineOptions& options,
                      const std::string& why) const {
    const auto refused = Engine::open(dir_ / "refused", factors, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kInvalidArgument);
    EXPECT_NE(refused.error().message.find(why), std::string::npos) << refused.error().message;
    EXPECT_FALSE(std::filesystem::exists(dir_ / "refused"));
  }
  static FactorSet wide_factors(std::size_t fields, std::size_t name_bytes) {
    std::vector<std::string> names = {"close"};
    for (std::size_t i = 1; i < fields; ++i) {
      names.push_back(instrument_name(i));
      names.back().resize(std::max(name_bytes, names.back().size()), 'x');
    }
    return FactorSet::parse("factor m = ts_mean(close, 2)", TickSchema::make(names).value())
        .value();
  }
};

TEST_F(Limits, IdsHaveUpTo255Bytes) {
  auto engine = open("data");
  auto& persister = engine->persister();
  const std::string longest(255, 'i');
  const std::string longer(256, 'i');
  EXPECT_TRUE(engine->instrument(longest));
  EXPECT_TRUE(persister.factor(longest));
  EXPECT_TRUE(persister.send_update(longest, longest, 1, 1));
  EXPECT_FALSE(engine->instrument(longer));
  EXPECT_FALSE(persister.factor(longer));
  EXPECT_FALSE(persister.send_update(longer, "f", 1, 1));
  EXPECT_FALSE(persister.send_update("I", longer, 1, 1));
  EXPECT_FALSE(persister.send_snapshot("I", {{longer, 1}}, 1));
  EXPECT_FALSE(persister.wal()->append(FactorWalMessage::Update{"I", longer, 1, 1}));
  EXPECT_EQ(engine->marks().accepted, 1U);
}

TEST_F(Limits, VectorsSnapshotsAndPositionsAreTakenUpToTheirLimit) {
  auto engine = open("data");
  auto& persister = engine->persister();
  const auto instrument = engine->instrument("I").value();
  const auto factor = persister.factor("f").value();
  std::vector<double> vector(kVectorLengthMax, 1.5);
  EXPECT_TRUE(persister.send_vector_update("I", "f", vector, 1));
  vector.push_back(1);
  EXPECT_FALSE(persister.send_vector_update("I", "f", vector, 1));
  EXPECT_EQ(persister.send_vector_update(instrument, factor, vector, 1).status,
            SendStatus::kTooLarge);
  EXPECT_FALSE(persister.wal()->append(FactorWalMessage::VectorUpdate{"I", "f", vector, 1}));
  FactorValues values;
  for (std::size_t i = 0; i < kSnapshotFactorsMax; ++i) values.emplace(std::to_string(i), 1);
  EXPECT_TRUE(persister.send_snapshot("I", values, 1));
  values.emplace("one more", 1);
  EXPECT_FALSE(persister.send_snapshot("I", values, 2));
  EXPECT_FALSE(persister.wal()->append(FactorWalMessage::Snapshot{"I", values, 2}));
  std::vector<std::byte> position(kPositionBytesMax);
  const auto fields = make_ticks(1, 1, 1)[0].fields;
  EXPECT_TRUE(engine->process_tick({instrument, 1, fields}, position));
  EXPECT_TRUE(persister.send_position(position));
  position.push_back({});
  EXPECT_EQ(engine->process_tick({instrument, 1, fields}, position).status, SendStatus::kTooLarge);
  EXPECT_EQ(persister.send_position(position).status, SendStatus::kTooLarge);
  EXPECT_EQ(engine->marks().accepted, 4U);
  ASSERT_TRUE(engine->close());
  auto again = open("data");
  EXPECT_EQ(again->recovery().log.last_sequence, 4U);
  EXPECT_EQ(again->recovery().position.size(), kPositionBytesMax);
}

// Failure: each tick was refused (kTooLarge), and the open had said nothing.
TEST_F(Limits, TicksThatFitNoRecordAreRefusedByTheOpen) {
  expect_refused(wide_factors(20'000, 255), {}, "20000 fields and 1 factors make records of");
  const auto factors = wide_factors(20'000, 8);
  EngineOptions options;
  options.persist.channel_bytes = 65536;  // less than one tick needs
  auto engine = open("data", factors, options);
  const std::vector<double> fields(20'000, 1.25);
  EXPECT_TRUE(engine->process_tick({engine->instrument("I").value(), 1, fields}));
  ASSERT_TRUE(engine->close());
}

/// Windows of the longest kind over as many series: 7.6 MiB of state each.
FactorSet longest_windows(int windows) {
  std::string text;
  for (int i = 0; i < windows; ++i) {
    const auto number = std::to_string(i);
    text.append("factor m").append(number).append(" = ts_mean(close + ").append(number);
    text.append(", 1000000)\n");
  }
  return FactorSet::parse(text, TickSchema::quotes()).value();
}

TEST_F(Limits, StateOfAnInstrumentFitsASnapshot) {
  EXPECT_TRUE(open("data", longest_windows(8)));  // 61 of 64 MiB
  expect_refused(longest_windows(9), {}, "bytes of state for each instrument");
}

// Failure: a window of the documented length was refused, since a frame had to hold its state.
TEST_F(Limits, AStateLongerThanAFrameIsWrittenInPartsAndReadBack) {
  constexpr std::size_t kTicks = 400'000;
  const auto sum =
      FactorSet::parse("factor s = ts_sum(close * 3 + 1, 600000, minp=1)", TickSchema::quotes())
          .value();
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{4} << 20;
  std::vector<double> fields(TickSchema::quotes().size(), 1.0);
  const auto feed_on = [&](Engine& engine, std::size_t from, std::size_t to) {
    const auto instrument = engine.instrument("I").value();
    double last = 0;
    for (std::size_t i = from; i < to; ++i) {
      fields[0] = 5000 + 0.2 * static_cast<double>(i % 1009);
      last = engine.process_tick({instrument, 1, fields}).values[0];
    }
    return last;
  };
  auto twin = open("twin", sum, options);
  const double expected = feed_on(*twin, 0, kTicks + 10);
  {
    auto engine = open("data", sum, options);
    (void)feed_on(*engine, 0, kTicks);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  auto engine = open("data", sum, options);
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->recovery().states_loaded, 1U);
  EXPECT_EQ(engine->recovery().ticks_replayed, 0U);
  EXPECT_EQ(feed_on(*engine, kTicks, kTicks + 10), expected);
}

TEST_F(Limits, SnapshotsOfRegisteredOperatorsCountValuesToo) {
  const auto persister =
      std::make_shared<FactorWalPersister>(WalManager::open(dir_ / "data").value());
  const auto fields = make_ticks(1, 1, 1)[0].fields;
  for (const int operators : {8, 9}) {
    auto engine = WalStreamFactorEngine::make("I", persister, false).value();
    for (int i = 0; i < operators; ++i) {
      ASSERT_TRUE(engine.register_factor(instrument_name(static_cast<std::size_t>(i)),
                                         std::make_unique<Delay>(1'000'000)));
    }
    for (int tick = 0; tick < 2; ++tick) ASSERT_TRUE(engine.process_tick({{}, 1, fields}));
    EXPECT_TRUE(engine.create_and_persist_snapshot(1).has_value()) << "a ring grows with the ticks";
  }
}

TEST_F(Limits, CacheHistoryIsTakenUpToItsLimit) {
  const auto factors = FactorSet::parse("factor m = close", TickSchema::quotes()).value();
  EngineOptions options;
  options.cache_history = kCacheHistoryMax;
  EXPECT_TRUE(open("data", factors, options));
  options.cache_history = kCacheHistoryMax + 1;
  expect_refused(factors, options, "cache_history is 1048577 ticks");
}

TEST_F(Limits, ChannelBytesAreTakenUpToTheirLimit) {
  EXPECT_TRUE(persist::check_channel_bytes(kChannelBytesMax));
  EngineOptions options;
  for (const std::size_t bytes : {kChannelBytesMax + 1, ~std::size_t{0}}) {
    options.persist.channel_bytes = bytes;
    expect_refused(default_factors(), options, "channel_bytes is " + std::to_string(bytes));
    FactorWalPersister persister(WalManager::open(dir_ / "data").value(), options.persist);
    EXPECT_EQ(persister.send_time(1).status, SendStatus::kNoChannel);
    EXPECT_EQ(persister.channel_status().error().code, Errc::kInvalidArgument);
  }
}

TEST_F(Limits, WindowsAreTakenUpToTheirLimit) {
  const auto schema = TickSchema::quotes();
  EXPECT_TRUE(FactorSet::parse("factor m = delay(close, 1000000)", schema));
  EXPECT_FALSE(FactorSet::parse("factor m = delay(close, 1000001)", schema));
  EXPECT_TRUE(make_operator<RollingMean>(kWindowMax));
  EXPECT_FALSE(make_operator<RollingMean>(kWindowMax + 1));
}

// Failure: the sum of a segment and the reserve went round, and was found to be free.
TEST_F(Limits, AReserveBeyondAllDisksIsNotTakenForASmallOne) {
  LogOptions options;
  options.free_space_reserve = ~std::uint64_t{0};
  const auto refused = WalManager::open(dir_ / "data", options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("to stay free"), std::string::npos);
}

}  // namespace
}  // namespace factorwal::test
