/// Handles belong to the open log that gave them.
///
/// Failure: a process that was killed had given 0 to A and 1 to B, and its log knew only B; the
/// next process's 0 was B and its 1 was A, and a tick meant for B was logged as A's. Cause: handles
/// were bare numbers, promised for every later run. Cure: they carry a tag of the open, and every
/// call looks at it.

#include <sys/wait.h>
#include <unistd.h>

#include <unordered_set>

#include "engine/engine_fixture.h"
#include "factorwal/record_stream.h"

namespace factorwal::test {
namespace {

static_assert(sizeof(InstrumentHandle) == 8 && sizeof(FactorHandle) == 8);

class Handles : public EngineTest {
 protected:
  static std::vector<double> fields() { return make_ticks(1, 1, 1)[0].fields; }
  /// By every call that takes one; `good` ones are of `engine`.
  static void expect_refused(Engine& engine, InstrumentHandle bad, FactorHandle bad_factor) {
    const auto good = engine.instrument("good").value();
    const auto good_factor = engine.persister().factor("good").value();
    const double vector[] = {1, 2};
    auto& persister = engine.persister();
    const auto before = engine.marks().accepted;
    EXPECT_EQ(engine.process_tick({bad, 1, fields()}).status, SendStatus::kMismatch);
    EXPECT_EQ(engine.instrument_id(bad), "");
    EXPECT_EQ(engine.get_factor(bad, "ma5"), std::nullopt);
    EXPECT_FALSE(engine.quality(bad, "ma5"));
    ASSERT_FALSE(engine.restart_instrument(bad));
    EXPECT_EQ(engine.restart_instrument(bad).error().code, Errc::kInvalidArgument);
    CachedFactors cached;
    EXPECT_FALSE(engine.cache().read(bad, cached));
    EXPECT_EQ(persister.send_update(bad, good_factor, 1, 1).status, SendStatus::kMismatch);
    EXPECT_EQ(persister.send_update(good, bad_factor, 1, 1).status, SendStatus::kMismatch);
    EXPECT_EQ(persister.send_vector_update(bad, good_factor, vector, 1).status,
              SendStatus::kMismatch);
    EXPECT_EQ(persister.send_vector_update(good, bad_factor, vector, 1).status,
              SendStatus::kMismatch);
    EXPECT_EQ(engine.marks().accepted, before);
    EXPECT_TRUE(persister.send_update(good, good_factor, 1, 1));
  }
};

TEST_F(Handles, OfAnEarlierOpenAreRefusedByEveryCall) {
  auto engine = open("data");
  const auto instrument = engine->instrument("I0").value();
  const auto factor = engine->persister().factor("f").value();
  ASSERT_TRUE(engine->process_tick({instrument, 1, fields()}));
  ASSERT_TRUE(engine->persister().send_update(instrument, factor, 1, 1));
  ASSERT_TRUE(engine->close());
  engine = open("data");
  EXPECT_EQ(engine->instrument("I0").value().index, instrument.index);
  expect_refused(*engine, instrument, factor);
  EXPECT_TRUE(engine->process_tick({engine->instrument("I0").value(), 2, fields()}));
}

TEST_F(Handles, MadeByHandAreRefusedByEveryCall) {
  auto engine = open("data");
  const auto instrument = engine->instrument("I0").value();
  (void)engine->persister().factor("f").value();
  ASSERT_TRUE(engine->process_tick({instrument, 1, fields()}));
  expect_refused(*engine, InstrumentHandle{0}, FactorHandle{0});
  expect_refused(*engine, InstrumentHandle{}, FactorHandle{});
  expect_refused(*engine, {0, instrument.tag + 1}, {0, instrument.tag + 1});
  // The tag alone is not enough.
  expect_refused(*engine, {999, instrument.tag}, {999, instrument.tag});
  expect_refused(*engine, {InstrumentHandle{}.index, instrument.tag},
                 {FactorHandle{}.index, instrument.tag});
}

TEST_F(Handles, OfAnotherEngineThatIsOpenAreRefused) {
  auto engine = open("data");
  auto other = open("other");
  const auto foreign = other->instrument("I0").value();
  (void)engine->instrument("I0").value();
  expect_refused(*engine, foreign, other->persister().factor("f").value());
}

TEST_F(Handles, OfRecordsThatWereReadAreRefused) {
  auto engine = open("data");
  ASSERT_TRUE(engine->persister().send_update("I0", "f", 1, 1));
  ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
  auto stream = RecordStream::open(dir_ / "data").value();
  LogRecord record;
  ASSERT_TRUE(stream.next(record));
  EXPECT_TRUE(record.instrument.valid());
  expect_refused(*engine, record.instrument, record.factor);
}

TEST_F(Handles, AKilledProcesssNumbersMeanNothingInTheNext) {
  FactorWalConfig lazy;
  lazy.adaptive = false;
  lazy.batch_size = std::size_t{1} << 30;
  lazy.max_delay_ms = 1'000'000;
  const pid_t child = fork();
  if (child == 0) {
    EngineOptions options;
    options.persist = lazy;
    auto dying = Engine::open(dir_ / "data", default_factors(), options).value();
    (void)dying->instrument("A").value();
    const auto b = dying->instrument("B").value();
    _exit(b.index == 1 && dying->process_tick({b, 1, fields()}).accepted() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  auto engine = open("data");
  EXPECT_EQ(engine->instrument("B").value().index, 0U) << "the log has only seen B";
  EXPECT_EQ(engine->instrument("A").value().index, 1U);
  EXPECT_EQ(engine->process_tick({{1}, 2, fields()}).status, SendStatus::kMismatch);
  ASSERT_TRUE(engine->close());
  auto stream = RecordStream::open(dir_ / "data").value();
  LogRecord record;
  while (stream.next(record)) EXPECT_EQ(record.instrument_id, "B");
}

TEST_F(Handles, OfTheCacheAndOfPersistersOfOneLogAreTheEngines) {
  auto engine = open("data");
  const auto instrument = engine->instrument("I0").value();
  ASSERT_TRUE(engine->process_tick({instrument, 1, fields()}));
  engine->cache().for_each([&](const CachedFactors& item) {
    EXPECT_EQ(item.instrument, instrument);
    EXPECT_EQ(engine->instrument_id(item.instrument), "I0");
  });
  EXPECT_EQ(engine->persister().instrument("I0").value(), instrument);
}

TEST_F(Handles, OfOnePersisterAreTheNextOnesOnTheSameOpenLog) {
  const auto wal = WalManager::open(dir_ / "data").value();
  auto persister = std::make_unique<FactorWalPersister>(wal);
  const auto instrument = persister->instrument("I").value();
  const auto factor = persister->factor("f").value();
  EXPECT_TRUE(persister->send_update(instrument, factor, 1, 1));
  persister = nullptr;
  persister = std::make_unique<FactorWalPersister>(wal);
  EXPECT_TRUE(persister->send_update(instrument, factor, 2, 2));
  EXPECT_EQ(persister->instrument("I").value(), instrument);
}

TEST_F(Handles, OfTwoOpensAreDifferentKeys) {
  std::unordered_set<InstrumentHandle> instruments;
  std::unordered_set<FactorHandle> factors;
  std::unordered_set<std::uint32_t> tags;
  for (int i = 0; i < 20; ++i) {
    auto engine = open("data");
    const auto instrument = engine->instrument("I0").value();
    EXPECT_NE(instrument.tag, 0U);
    instruments.insert(instrument);
    factors.insert(engine->persister().factor("f").value());
    tags.insert(instrument.tag);
    EXPECT_EQ(engine->instrument("I0").value(), instrument) << "while it is open, always the same";
  }
  EXPECT_EQ(instruments.size(), 20U);
  EXPECT_EQ(factors.size(), 20U);
  EXPECT_EQ(tags.size(), 20U);
}

}  // namespace
}  // namespace factorwal::test
