/// Times in seconds, milliseconds or microseconds where nanoseconds belong.
///
/// Failure: a feed that gave them filled its log with times of 1970, and nothing said so. Cure: see
/// docs/decisions/0007-timestamps-of-another-unit.md.

#include "engine/engine_fixture.h"
#include "factorwal/consumer.h"
#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"

namespace factorwal::test {
namespace {

constexpr TimestampNs kBegin = 631'152'000;  // 1990 in seconds
constexpr TimestampNs kEnd = 4'102'444'800;  // 2100
constexpr TimestampNs kPerSecond[] = {1, 1'000, 1'000'000};

std::vector<TimestampNs> refused_times() {
  std::vector<TimestampNs> times = {1'700'000'000, 1'700'000'000'123, 1'700'000'000'123'456};
  for (const auto unit : kPerSecond) {
    times.push_back(kBegin * unit);
    times.push_back(kEnd * unit - 1);
  }
  return times;
}

std::vector<TimestampNs> taken_times() {
  std::vector<TimestampNs> times = {1,
                                    0,
                                    -1,
                                    -1'700'000'000,
                                    3,
                                    600'000'000,
                                    1'700'000'000'000'000'000,
                                    std::numeric_limits<TimestampNs>::max(),
                                    kNoTimestamp};
  for (const auto unit : kPerSecond) {
    times.push_back(kBegin * unit - 1);
    times.push_back(kEnd * unit);
  }
  return times;
}

class TimestampUnit : public EngineTest {
 protected:
  static std::vector<double> fields() { return make_ticks(1, 1, 1)[0].fields; }
};

TEST_F(TimestampUnit, TicksAndSendsOfAnotherUnitAreRefusedAndChangeNothing) {
  auto engine = open("data");
  auto& persister = engine->persister();
  const auto instrument = engine->instrument("I0").value();
  const auto factor = persister.factor("f").value();
  const double vector[] = {1, 2};
  for (const auto time : refused_times()) {
    SCOPED_TRACE(time);
    EXPECT_EQ(engine->process_tick({instrument, time, fields()}).status, SendStatus::kTimestamp);
    EXPECT_EQ(engine->advance_time(time).status, SendStatus::kTimestamp);
    EXPECT_EQ(persister.send_time(time).status, SendStatus::kTimestamp);
    EXPECT_EQ(persister.send_update(instrument, factor, 1, time).status, SendStatus::kTimestamp);
    EXPECT_EQ(persister.send_vector_update(instrument, factor, vector, time).status,
              SendStatus::kTimestamp);
    for (const auto& sent :
         {persister.send_update("I0", "f", 1, time), persister.send_snapshot("I0", {}, 1, time),
          persister.send_vector_update("I0", "f", vector, time),
          persister.send(FactorWalMessage::Update{"I0", "f", 1, time})}) {
      ASSERT_FALSE(sent);
      EXPECT_EQ(sent.error().code, Errc::kInvalidArgument);
      EXPECT_EQ(sent.error().message, check_timestamp(time).error().message);
    }
  }
  EXPECT_EQ(engine->marks().accepted, 0U);
  EXPECT_EQ(engine->get_factor(instrument, "ma5"), std::nullopt);
}

TEST_F(TimestampUnit, OtherTimesAreTaken) {
  auto engine = open("data");
  const auto instrument = engine->instrument("I0").value();
  Sequence accepted = 0;
  for (const auto time : taken_times()) {
    SCOPED_TRACE(time);
    EXPECT_TRUE(check_timestamp(time));
    EXPECT_TRUE(engine->process_tick({instrument, time, fields()}));
    EXPECT_TRUE(engine->advance_time(time));
    EXPECT_TRUE(engine->persister().send_update("I0", "f", 1, time));
    EXPECT_TRUE(engine->persister().send_snapshot("I0", {}, 1, time));
    accepted += 4;
  }
  EXPECT_EQ(engine->marks().accepted, accepted);
}

TEST_F(TimestampUnit, AnyTimeIsTakenWhereTheConfigurationSaysSo) {
  EngineOptions options;
  options.persist.allow_any_timestamp = true;
  auto engine = open("data", default_factors(), options);
  const auto instrument = engine->instrument("I0").value();
  for (const auto time : refused_times()) {
    EXPECT_TRUE(engine->process_tick({instrument, time, fields()})) << time;
    EXPECT_TRUE(engine->persister().send_update("I0", "f", 1, time)) << time;
  }
  ASSERT_TRUE(engine->close());
  // What is logged is replayed, whatever a later run would say to it.
  auto again = open("data");
  EXPECT_EQ(again->recovery().log.last_sequence, 2 * refused_times().size());
}

TEST_F(TimestampUnit, TheRefusalNamesUnitAndDay) {
  EXPECT_EQ(
      check_timestamp(1'700'000'000).error().message,
      "the timestamp 1700000000 looks like seconds (2023-11-14), but timestamps are "
      "nanoseconds: multiply it by 1000000000, or set allow_any_timestamp where it is meant as "
      "it stands");
  EXPECT_NE(check_timestamp(1'700'000'000'123).error().message.find("milliseconds (2023-11-14)"),
            std::string::npos);
  EXPECT_NE(
      check_timestamp(1'700'000'000'123'456).error().message.find("microseconds (2023-11-14)"),
      std::string::npos);
}

TEST_F(TimestampUnit, AnEngineOfOperatorsRefusesThemToo) {
  const auto persister =
      std::make_shared<FactorWalPersister>(WalManager::open(dir_ / "data").value());
  for (const bool auto_persist : {true, false}) {
    auto engine = WalStreamFactorEngine::make("I0", persister, auto_persist).value();
    ASSERT_TRUE(engine.register_factor("ma5", std::make_unique<RollingMean>(5)));
    EXPECT_EQ(engine.process_tick({{}, 1'700'000'000, fields()}).status, SendStatus::kTimestamp);
    EXPECT_EQ(engine.get_factor("ma5"), std::nullopt);
    EXPECT_TRUE(engine.process_tick({{}, 1, fields()}));
  }
}

}  // namespace
}  // namespace factorwal::test
