#include "factorwal/factor_cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace factorwal {
namespace {

constexpr std::size_t kWidth = 20;

std::vector<double> values_of(std::uint64_t n) {
  return std::vector<double>(kWidth, static_cast<double>(n));
}

TEST(FactorCache, AReaderNeverSeesValuesOfTwoTicks) {
  FactorCache cache(kWidth, 64);
  std::atomic<bool> done{false};
  std::uint64_t reads = 0;
  std::thread reader([&] {
    CachedFactors item;
    std::uint64_t last = 0;
    while (!done.load()) {
      if (!cache.read({3}, item)) continue;
      for (const auto value : item.values) {
        ASSERT_EQ(value, static_cast<double>(item.tick_count));
      }
      ASSERT_EQ(item.timestamp_ns, static_cast<TimestampNs>(item.tick_count * 10));
      ASSERT_GE(item.tick_count, last);
      last = item.tick_count;
      ++reads;
    }
  });
  for (std::uint64_t n = 1; n <= 100'000; ++n) {
    cache.publish({3}, static_cast<TimestampNs>(n * 10), n, values_of(n));
  }
  done.store(true);
  reader.join();
  CachedFactors item;
  ASSERT_TRUE(cache.read({3}, item));
  EXPECT_EQ(item.tick_count, 100'000U);
}

TEST(FactorCache, PollGivesEveryChangeOrCountsItAsMissed) {
  FactorCache cache(kWidth, 128);
  std::atomic<bool> done{false};
  std::uint64_t seen = 0;
  std::uint64_t missed = 0;
  std::thread poller([&] {
    std::uint64_t since = 0;
    std::uint64_t last = 0;
    for (bool last_round = false;; last_round = done.load()) {
      const auto result = cache.poll(since, [&](const CachedFactors& item) {
        ASSERT_GT(item.update, last);
        last = item.update;
        ASSERT_EQ(item.values[7], static_cast<double>(item.update));
        ++seen;
      });
      missed += result.missed;
      since = result.next;
      if (last_round) break;
    }
  });
  for (std::uint64_t n = 1; n <= 50'000; ++n) {
    cache.publish({static_cast<std::uint32_t>(n % 7)}, 0, n, values_of(n));
  }
  done.store(true);
  poller.join();
  EXPECT_EQ(seen + missed, 50'000U);
}

TEST(FactorCache, WithoutHistoryPollCountsEverythingAsMissed) {
  FactorCache cache(1, 0);
  const double value[] = {1};
  cache.publish({0}, 0, 1, value);
  const auto result = cache.poll(0, [](const CachedFactors&) { FAIL(); });
  EXPECT_EQ(result.missed, 1U);
  EXPECT_EQ(result.next, 1U);
}

TEST(FactorCache, ForEachVisitsWhatHasValues) {
  FactorCache cache(1, 8);
  const double value[] = {1};
  for (const std::uint32_t index : {5U, 900U, 2U}) cache.publish({index}, 0, 1, value);
  std::vector<std::uint32_t> visited;
  cache.for_each([&](const CachedFactors& item) { visited.push_back(item.instrument.index); });
  EXPECT_EQ(visited, (std::vector<std::uint32_t>{2, 5, 900}));
  CachedFactors item;
  EXPECT_FALSE(cache.read({3}, item));
  EXPECT_FALSE(cache.read({4'000'000'000U}, item));
}

// Failure: the cache had room for 4,194,304 instruments, and the first tick of one more ended the
// process after it was accepted. Cure: it has room for every handle that there can be.
TEST(FactorCache, HasRoomForInstrumentsFarApart) {
  FactorCache cache(1, 8);
  const std::vector<std::uint32_t> indexes = {0,         63 * 256 + 255, 64 * 256,  4'194'303,
                                              4'194'304, 16'777'215,     16'777'216};
  for (const auto index : indexes) {
    cache.prepare({index});
    const double value[] = {static_cast<double>(index)};
    cache.publish({index}, 0, 1, value);
  }
  CachedFactors item;
  for (const auto index : indexes) {
    ASSERT_TRUE(cache.read({index}, item)) << index;
    EXPECT_EQ(item.values[0], static_cast<double>(index));
    EXPECT_FALSE(cache.read({index + 256}, item)) << index;
  }
  EXPECT_FALSE(cache.read({4'294'967'294U}, item));
  EXPECT_FALSE(cache.read(InstrumentHandle{}, item));
}

TEST(FactorCache, SubscribersAreCalledPerTickUntilTheyLeave) {
  FactorCache cache(1, 8);
  int calls = 0;
  const auto subscription = cache.subscribe([&](const CachedFactors& item) {
    ++calls;
    EXPECT_EQ(item.values[0], 2.5);
  });
  const double value[] = {2.5};
  cache.publish({0}, 0, 1, value);
  cache.publish({1}, 0, 1, value);
  cache.unsubscribe(subscription);
  cache.publish({0}, 0, 2, value);
  EXPECT_EQ(calls, 2);
}

TEST(FactorCache, ACallbackThatThrowsIsCountedAndTheOthersStillGetTheValue) {
  FactorCache cache(1, 8);
  std::vector<std::uint64_t> before;
  std::vector<std::uint64_t> after;
  (void)cache.subscribe([&](const CachedFactors& item) { before.push_back(item.tick_count); });
  const auto thrower = cache.subscribe([](const CachedFactors& item) {
    if (item.tick_count >= 2) throw std::runtime_error("tick " + std::to_string(item.tick_count));
  });
  (void)cache.subscribe([&](const CachedFactors& item) { after.push_back(item.tick_count); });
  const double value[] = {2.5};
  cache.publish({0}, 0, 1, value);
  EXPECT_EQ(cache.callback_failures().count, 0U);
  EXPECT_EQ(cache.callback_failures().first, nullptr);
  for (std::uint64_t n = 2; n <= 4; ++n) cache.publish({0}, 0, n, value);
  EXPECT_EQ(before, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(after, before);
  const auto failures = cache.callback_failures();
  EXPECT_EQ(failures.count, 3U);
  EXPECT_EQ(failures.subscription, thrower);
  EXPECT_EQ(failures.update, 2U);
  ASSERT_NE(failures.first, nullptr);
  try {
    std::rethrow_exception(failures.first);
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "tick 2");
  }
}

}  // namespace
}  // namespace factorwal
