/// Calls that read a log from end to end tell how far they are, and can be given up.

#include "engine/engine_fixture.h"
#include "factorwal/consumer.h"
#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "support/file_text.h"

namespace factorwal::test {
namespace {

constexpr std::size_t kTicksTold = 30'000;

class LogProgressTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineOptions options;
    options.snapshot_every = 0;
    auto engine = open("data", default_factors(), options);
    for (std::size_t at = 0; at < kTicksTold; at += 1000) {
      (void)feed(*engine, ticks_, at, at + 1000);
      ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
    }
    ASSERT_TRUE(engine->close());
  }
  /// A factor that the log lacks, so that all of it is read.
  [[nodiscard]] static FactorSet more_factors() {
    return FactorSet::parse("factor other = ts_mean(close, 7)", TickSchema::quotes()).value();
  }
  [[nodiscard]] auto files() const { return contents_of(dir_ / "data"); }

  const std::vector<MadeTick> ticks_ = make_ticks(kTicksTold, 5, 1);
};

TEST_F(LogProgressTest, AnOpenTellsHowFarItsReplayIs) {
  std::vector<LogProgress> told;
  EngineOptions options;
  options.progress = [&](const LogProgress& progress) {
    told.push_back(progress);
    return true;
  };
  auto engine = open("data", more_factors(), options);
  ASSERT_GE(told.size(), 2U);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_LE(told[i].done_bytes, told[i].all_bytes);
    // The states that close has written do not know the factor: it begins again, at the first tick.
    if (i == 0 || told[i].all_bytes > told[i - 1].all_bytes) continue;
    EXPECT_EQ(told[i].all_bytes, told[i - 1].all_bytes);
    EXPECT_GT(told[i].done_bytes, told[i - 1].done_bytes);
  }
  EXPECT_GT(told.back().done_bytes, told.back().all_bytes / 2);
  // Not kept: no later call of the engine tells anything.
  const auto count = told.size();
  ASSERT_TRUE(engine->checkpoint());
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(told.size(), count);
}

TEST_F(LogProgressTest, AnOpenThatIsGivenUpChangesNothing) {
  const auto before = files();
  for (int calls = 0; calls < 2; ++calls) {
    int left = calls;
    EngineOptions options;
    options.progress = [&](const LogProgress&) { return left-- > 0; };
    const auto engine = Engine::open(dir_ / "data", more_factors(), options);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, Errc::kTimeout);
    EXPECT_EQ(files(), before);
  }
  auto engine = open("data", more_factors());
  EXPECT_EQ(row_of(engine->recovery()), kTicksTold);
}

TEST_F(LogProgressTest, AConsumerThatGivesUpHoldsNothing) {
  FactorWalConsumer consumer(dir_ / "data");
  const auto done = consumer.recover([](const LogProgress&) { return false; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTimeout);
  EXPECT_TRUE(consumer.get_recovered_factors().empty());
  EXPECT_EQ(consumer.last_sequence(), 0U);
  std::size_t told = 0;
  ASSERT_TRUE(consumer.recover([&](const LogProgress&) { return ++told > 0; }));
  EXPECT_GE(told, 2U);
  EXPECT_EQ(consumer.get_recovered_factors().size(), 5U);
}

TEST_F(LogProgressTest, AStreamEngineThatGaveUpRecoversAgain) {
  std::mt19937_64 random(1);
  const auto price = [&] { return static_cast<double>(random()); };  // does not compress
  const auto schema = TickSchema::make({"close"}).value();
  const auto make = [&](const std::shared_ptr<FactorWalPersister>& persister) {
    auto engine = WalStreamFactorEngine::make("X", persister, true, schema).value();
    EXPECT_TRUE(engine.register_factor("mean", std::make_unique<RollingMean>(50)));
    return engine;
  };
  constexpr std::size_t kOwnTicks = 200'000;
  double last = 0;
  {
    auto persister = std::make_shared<FactorWalPersister>(WalManager::open(dir_ / "one").value());
    auto engine = make(persister);
    for (std::size_t i = 0; i < kOwnTicks; ++i) {
      const double fields[] = {price()};
      last = engine.process_tick({{}, static_cast<TimestampNs>(i), fields}).values[0];
    }
    ASSERT_TRUE(persister->shutdown());
  }
  auto persister = std::make_shared<FactorWalPersister>(WalManager::open(dir_ / "one").value());
  auto engine = make(persister);
  int left = 1;
  const auto done = engine.recover([&](const LogProgress&) { return left-- > 0; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTimeout);
  ASSERT_TRUE(engine.recover());
  EXPECT_EQ(engine.get_factor("mean"), last);
}

}  // namespace
}  // namespace factorwal::test
