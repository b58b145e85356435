// What every operator promises about its state: saved and loaded at any tick, it goes on to the
// same bits; the same history gives the same bytes; bad bytes are refused and change nothing.

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "factorwal/operators.h"
#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

using Maker = std::function<std::unique_ptr<IncrementalOperator>()>;

/// Every kind in the list, with several parameters.
std::vector<Maker> every_operator() {
  std::vector<Maker> makers;
  for (const auto* kind : operators::kinds()) {
    const auto calls = test::calls_of(*kind);
    EXPECT_FALSE(calls.empty()) << kind->name;
    for (const auto& call : calls) makers.emplace_back([call] { return test::operator_of(call); });
  }
  return makers;
}

std::vector<std::byte> saved(IncrementalOperator& op) {
  std::vector<std::byte> bytes;
  save_state(op, bytes);
  return bytes;
}

std::vector<std::vector<double>> inputs_for(const IncrementalOperator& op, std::uint64_t seed,
                                            std::size_t length) {
  std::vector<std::vector<double>> inputs;
  for (std::size_t i = 0; i < op.default_inputs().size(); ++i) {
    inputs.push_back(test::nasty_series(seed + i, length));
  }
  return inputs;
}

TEST(OperatorState, SavedAndLoadedAtAnyTickChangesNoLaterBit) {
  constexpr std::size_t kLength = 180;
  for (const Maker& make : every_operator()) {
    const auto unbroken = make();
    SCOPED_TRACE(unbroken->identity());
    const auto inputs = inputs_for(*unbroken, 42, kLength);
    std::vector<std::vector<std::uint64_t>> expected;
    std::vector<std::vector<std::byte>> states = {saved(*unbroken)};
    for (std::size_t i = 0; i < kLength; ++i) {
      expected.push_back(test::bits_of(test::update(*unbroken, inputs, i)));
      states.push_back(saved(*unbroken));
    }
    for (std::size_t cut = 0; cut <= kLength; ++cut) {
      const auto resumed = unbroken->clone_fresh();
      ASSERT_TRUE(load_state(*resumed, states[cut]));
      ASSERT_EQ(saved(*resumed), states[cut]) << "cut " << cut;
      for (std::size_t i = cut; i < kLength; ++i) {
        ASSERT_EQ(test::bits_of(test::update(*resumed, inputs, i)), expected[i])
            << "cut " << cut << " tick " << i;
      }
      ASSERT_EQ(saved(*resumed), states.back()) << "cut " << cut;
    }
  }
}

TEST(OperatorState, IdentitiesAreDistinctAndSurviveCloning) {
  std::set<std::string> identities;
  for (const Maker& make : every_operator()) {
    const auto op = make();
    EXPECT_TRUE(identities.insert(op->identity()).second) << op->identity();
    const auto clone = op->clone_fresh();
    EXPECT_EQ(clone->identity(), op->identity());
    EXPECT_EQ(saved(*clone), saved(*op));
    EXPECT_EQ(clone->output_count(), op->output_count());
  }
}

TEST(OperatorState, EveryMissingOutputHasTheCanonicalBits) {
  for (const Maker& make : every_operator()) {
    const auto op = make();
    const auto inputs = inputs_for(*op, 7, 1500);
    for (std::size_t i = 0; i < inputs[0].size(); ++i) {
      for (const double value : test::update(*op, inputs, i)) {
        ASSERT_TRUE(std::isfinite(value) || test::bits(value) == test::kMissingBits)
            << op->identity() << " tick " << i;
      }
    }
  }
}

TEST(OperatorState, BytesOfAnotherLengthAreRefusedAndChangeNothing) {
  for (const Maker& make : every_operator()) {
    const auto op = make();
    const auto inputs = inputs_for(*op, 3, 50);
    for (std::size_t i = 0; i < 50; ++i) (void)test::update(*op, inputs, i);
    const auto before = saved(*op);
    EXPECT_EQ(before.size(), state_bytes(*op));
    auto longer = before;
    longer.push_back(std::byte{0});
    const Status too_long = load_state(*op, longer);
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().code, Errc::kCorruption);
    if (!before.empty()) {
      EXPECT_FALSE(load_state(*op, std::span(before).first(before.size() - 1)));
    }
    EXPECT_EQ(saved(*op), before);
  }
}

TEST(OperatorState, RandomBytesAreRefusedOrHarmless) {
  test::Random random(5);
  for (const Maker& make : every_operator()) {
    const auto op = make();
    const auto inputs = inputs_for(*op, 3, 100);
    for (int round = 0; round < 20; ++round) {
      std::vector<std::byte> bytes(state_bytes(*op));
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
      const auto before = saved(*op);
      if (!load_state(*op, bytes)) {
        EXPECT_EQ(saved(*op), before);
      }
      for (std::size_t i = 0; i < 100; ++i) (void)test::update(*op, inputs, i);
    }
  }
}

TEST(OperatorState, OfAWindowIsEightBytesASlot) {
  constexpr std::size_t kWindow = 10000;
  RollingMean mean(kWindow);
  RollingStd deviation(kWindow);
  BollingerBands bands(kWindow);
  RollingMin least(kWindow);
  for (IncrementalOperator* op :
       std::initializer_list<IncrementalOperator*>{&mean, &deviation, &bands, &least}) {
    EXPECT_EQ(state_bytes(*op), (kWindow - 1) * 8);
  }
  RollingCorr correlation(kWindow);
  EXPECT_EQ(state_bytes(correlation), (kWindow - 1) * 2 * 8);
}

// What tests over all kinds do not see: the classes, each a face of one kind.
TEST(OperatorClasses, NameTheirKindAndItsParametersInOrder) {
  EXPECT_EQ(RollingMean(20, 5).identity(), "ts_mean(d=20,minp=5)#2");
  EXPECT_EQ(RollingStd(7, 0, 2).identity(), "ts_std(d=7,ddof=0,minp=2)#2");
  EXPECT_EQ(RollingCorr(20, 5).identity(), "ts_corr(d=20,minp=5)#2");
  EXPECT_EQ(RollingSum(13, 1).identity(), "ts_sum(d=13,minp=1)#2");
  EXPECT_EQ(RollingMin(20, 3).identity(), "ts_min(d=20,minp=3)#2");
  EXPECT_EQ(RollingMax(1).identity(), "ts_max(d=1,minp=1)#2");
  EXPECT_EQ(BollingerBands(10, 2.5).identity(), "bbands(n=10,k=2.5,ddof=0)#2");
  EXPECT_EQ(EMA(12).identity(), "ema(n=12,seed=sma)#2");
  EXPECT_EQ(DEMA(10).identity(), "dema(n=10)#2");
  EXPECT_EQ(RSI(14, 50.0).identity(), "rsi(n=14,flat=50)#2");
  EXPECT_EQ(MACD(3, 10, 4).identity(), "macd(fast=3,slow=10,signal=4)#2");
  EXPECT_EQ(ATR(5).identity(), "atr(n=5)#2");
  EXPECT_EQ(Delay(9).identity(), "delay(d=9)#2");
  EXPECT_EQ(Delta(9).identity(), "delta(d=9)#2");
  EXPECT_EQ(LogReturn(4).identity(), "log_return(d=4)#2");
  EXPECT_EQ(OiDelta().identity(), "oi_delta()#2");
  EXPECT_EQ(Mid().identity(), "mid()#1");
  EXPECT_EQ(Spread().identity(), "spread()#1");
  EXPECT_EQ(QueueImbalance().identity(), "queue_imbalance()#1");
}

TEST(OperatorParameters, AreRefusedWithTheReason) {
  const auto message = [](const auto& made) {
    return made ? std::string("accepted") : made.error().message;
  };
  EXPECT_EQ(message(make_operator<RollingMean>(0)), "window must be between 1 and 1000000, not 0");
  EXPECT_EQ(message(make_operator<RollingMean>(5, 6)), "minp must be between 1 and 5, not 6");
  EXPECT_EQ(message(make_operator<RollingMean>(-1)),
            "window must be between 1 and 1000000, not -1");
  EXPECT_EQ(message(make_operator<RollingStd>(1, 1)), "window must be 2 or more when ddof is 1");
  EXPECT_EQ(message(make_operator<RollingCorr>(1)), "window must be between 2 and 1000000, not 1");
  EXPECT_EQ(message(make_operator<MACD>(26, 12, 9)),
            "fast must be smaller than slow, but is 26 against 12");
  EXPECT_EQ(message(make_operator<BollingerBands>(20, 0.0)), "k must be a number above 0");
  EXPECT_EQ(message(make_operator<EMA>(3)), "accepted");
}

TEST(OperatorParametersDeathTest, AConstructorAbortsAndSaysWhy) {
  EXPECT_DEATH(RollingMean(0), "window must be between 1 and 1000000, not 0");
  EXPECT_DEATH(Delay(-3), "not -3");
}

// Two histories that differ until some tick and agree from it on: after as many updates as the
// operator remembers, its state has the same bytes.
TEST(OperatorState, ForgetsAllThatIsOlderThanItsMemory) {
  int with_memory = 0;
  for (const auto& make : every_operator()) {
    const auto probe = make();
    if (!probe->memory()) continue;
    ++with_memory;
    SCOPED_TRACE(probe->identity());
    const auto memory = *probe->memory();
    const auto inputs = probe->default_inputs().size();
    const auto length = 61 + 3 * memory;
    for (std::size_t parted = 1; parted < 61; parted += 7) {
      const auto one = make();
      const auto other = make();
      std::vector<double> outputs(one->output_count());
      std::uint64_t random = 7;
      const auto next = [&] {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const auto pick = random >> 40;
        return pick % 11 == 0 ? kMissing : static_cast<double>(pick % 10'007) / 7;
      };
      for (std::size_t i = 0; i < length; ++i) {
        std::vector<double> a(inputs);
        for (auto& x : a) x = next();
        one->update(a, outputs);
        // What is lost is as ticks without values.
        if (i < parted) a.assign(inputs, kMissing);
        other->update(a, outputs);
        if (i + 1 < parted + memory) continue;
        std::vector<std::byte> one_state;
        std::vector<std::byte> other_state;
        save_state(*one, one_state);
        save_state(*other, other_state);
        ASSERT_EQ(one_state, other_state) << "tick " << i << ", parted until " << parted;
      }
    }
  }
  EXPECT_GE(with_memory, 20);
}

}  // namespace
}  // namespace factorwal
