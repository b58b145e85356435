#include "channel/ring.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace factorwal::channel {
namespace {

constexpr std::size_t kCapacity = 4096;
constexpr std::size_t kHead = sizeof(EntryHeader);
constexpr std::uint64_t kIdentity = 0x1234567890abcdef;

/// A ring over memory of its own.
struct OwnRing {
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<Line> memory = std::vector<Line>((kRingHeaderBytes + kCapacity) / sizeof(Line));
  Ring ring{std::as_writable_bytes(std::span(memory)), kIdentity};
  OwnRing() { ring.set_ready(~std::uint64_t{0}); }
};

void fill(std::byte* at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = kHead; i < size; i += 8) {
    const std::uint64_t word = number * 1'000'003 + i;
    std::memcpy(at + i, &word, sizeof word);
  }
}

testing::AssertionResult holds(const std::byte* at, std::size_t size, std::uint64_t number) {
  const auto header = load_entry<EntryHeader>(at);
  if (header.size != size) {
    return testing::AssertionFailure() << "size " << header.size << " instead of " << size;
  }
  for (std::size_t i = sizeof header; i < size; i += 8) {
    if (load<std::uint64_t>(at + i) != number * 1'000'003 + i) {
      return testing::AssertionFailure() << "entry " << number << " differs at byte " << i;
    }
  }
  return testing::AssertionSuccess();
}

bool push(Ring& ring, std::size_t size, std::uint64_t number) {
  auto* at = ring.reserve(size);
  if (at == nullptr) return false;
  fill(at, size, number);
  ring.publish(EntryKind::kTime, number + 1);
  return true;
}

TEST(Ring, TakesEntriesOfHalfItsCapacityAtAnyPosition) {
  for (std::size_t before = 0; before < kCapacity; before += 8) {
    OwnRing own;
    auto& ring = own.ring;
    std::uint64_t number = 0;
    // Positions are reached by small entries that are taken and released at once.
    for (std::size_t at = 0; at < before;) {
      const auto size = before - at < 2 * kHead ? before - at : kHead;
      if (size < kHead) break;
      ASSERT_TRUE(push(ring, size, number++));
      ASSERT_NE(ring.take(ring.published()), nullptr);
      ring.release();
      at += size;
    }
    ASSERT_TRUE(push(ring, ring.entry_bytes_max(), 7)) << "at " << before;
    const auto* entry = ring.take(ring.published());
    ASSERT_NE(entry, nullptr);
    EXPECT_TRUE(holds(entry, ring.entry_bytes_max(), 7));
    EXPECT_EQ(ring.take(ring.published()), nullptr);
    ring.release();
    EXPECT_EQ(ring.bytes_held(), 0U);
  }
}

TEST(Ring, SkipsTheLastEightBytesWhenNothingElseFitsThere) {
  OwnRing own;
  auto& ring = own.ring;
  ASSERT_TRUE(push(ring, kCapacity / 2, 1));
  ASSERT_TRUE(push(ring, kCapacity / 2 - 8, 2));
  ASSERT_NE(ring.take(ring.published()), nullptr);
  ring.release();
  ASSERT_TRUE(push(ring, 24, 3));  // 8 bytes remain before the end, too few for a marker
  EXPECT_EQ(ring.published(), kCapacity + 24);
  ASSERT_NE(ring.take(ring.published()), nullptr);
  const auto* third = ring.take(ring.published());
  ASSERT_NE(third, nullptr);
  EXPECT_TRUE(holds(third, 24, 3));
  EXPECT_EQ(ring.take(ring.published()), nullptr);
}

TEST(Ring, GivesNoSpaceBeforeItIsReleased) {
  OwnRing own;
  auto& ring = own.ring;
  std::uint64_t number = 0;
  while (push(ring, 32, number)) ++number;
  EXPECT_EQ(number, kCapacity / 32);
  while (ring.take(ring.published()) != nullptr) continue;
  EXPECT_FALSE(push(ring, 32, number)) << "taken, not released";
  EXPECT_EQ(ring.bytes_held(), kCapacity);
  ring.release();
  EXPECT_TRUE(push(ring, 32, number));
}

TEST(Ring, AReservationThatIsNotPublishedIsInvisibleAndCostsNothing) {
  OwnRing own;
  auto& ring = own.ring;
  for (int i = 0; i < 1000; ++i) ASSERT_NE(ring.reserve(kCapacity / 2), nullptr);
  EXPECT_EQ(ring.take(ring.published()), nullptr);
  EXPECT_TRUE(push(ring, kHead, 1));
}

TEST(Ring, BehavesAsAQueueUnderRandomUse) {
  const char* chosen = std::getenv("FACTORWAL_TEST_SEED");
  const auto seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 20250801ULL;
  SCOPED_TRACE("FACTORWAL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  OwnRing own;
  auto& ring = own.ring;
  struct Model {
    std::size_t size;
    std::uint64_t number;
  };
  std::deque<Model> waiting;
  std::deque<Model> taken;
  std::uint64_t number = 0;
  for (int step = 0; step < 200'000; ++step) {
    switch (random() % 8) {
      default: {
        // Small ones mostly, now and then up to half the capacity.
        const std::size_t most = random() % 16 == 0 ? kCapacity / 2 : 128;
        const std::size_t size = 8 * (3 + random() % (most / 8 - 2));
        if (push(ring, size, number)) {
          waiting.push_back({size, number});
        } else {
          ASSERT_FALSE(waiting.empty() && taken.empty()) << "an empty ring refused " << size;
        }
        ++number;
        break;
      }
      case 4:
      case 5:
      case 6: {
        const auto limit = ring.published();
        for (auto count = random() % 4; count > 0; --count) {
          const auto* entry = ring.take(limit);
          ASSERT_EQ(entry == nullptr, waiting.empty());
          if (entry == nullptr) break;
          ASSERT_TRUE(holds(entry, waiting.front().size, waiting.front().number));
          taken.push_back(waiting.front());
          waiting.pop_front();
        }
        break;
      }
      case 7:
        ring.release();
        taken.clear();
        break;
    }
  }
}

TEST(Ring, PutLeavesTheBytesThatReserveAndPublishLeave) {
  OwnRing in_steps;
  OwnRing at_once;
  std::mt19937_64 random(5);
  std::uint64_t puts = 0;
  std::uint64_t stamp = 0;
  const auto in_two_steps = [&](Ring& ring, std::span<const std::uint64_t> content) {
    const auto size = kHead + content.size_bytes();
    auto* at = ring.reserve(size);
    if (at == nullptr) return std::uint64_t{0};
    std::ranges::copy(std::as_bytes(content), at + kHead);
    return ring.publish(EntryKind::kUpdate, stamp);
  };
  for (int i = 0; i < 20'000; ++i) {
    ++stamp;
    const std::uint64_t content[] = {random(), random(), random()};
    const auto ordinal = in_two_steps(in_steps.ring, content);
    if (at_once.ring.has_room(kHead + sizeof content)) {
      ASSERT_EQ(at_once.ring.put(EntryKind::kUpdate, stamp, content[0], content[1], content[2]),
                ordinal);
      ++puts;
    } else {
      ASSERT_EQ(in_two_steps(at_once.ring, content), ordinal);
    }
    const auto* one = reinterpret_cast<const std::byte*>(in_steps.memory.data());
    const auto* other = reinterpret_cast<const std::byte*>(at_once.memory.data());
    ASSERT_EQ(std::memcmp(one, other, kRingHeaderBytes + kCapacity), 0) << "entry " << i;
    if (random() % 64 != 0) continue;
    for (auto* ring : {&in_steps.ring, &at_once.ring}) {
      while (ring->take(ring->published()) != nullptr) continue;
      ring->release();
    }
  }
  EXPECT_GT(puts, 1000U) << "some have their place at once, some wait, and some turn around";
}

TEST(Ring, WhatIsMarkedAsTheLastHasNoPlaceAtOnce) {
  std::vector<OwnRing::Line> memory((kRingHeaderBytes + kCapacity) / sizeof(OwnRing::Line));
  Ring ring(std::as_writable_bytes(std::span(memory)), kIdentity, true);
  ring.set_ready(~std::uint64_t{0});
  ASSERT_NE(ring.reserve(48), nullptr);
  EXPECT_FALSE(ring.has_room(48));
}

TEST(Ring, WhatIsNotReadyHasNoPlace) {
  OwnRing own;
  own.ring.set_ready(48 + kHead - 8);
  EXPECT_FALSE(own.ring.has_room(48));
  EXPECT_EQ(own.ring.reserve(48), nullptr);
  own.ring.set_ready(48 + kHead);
  EXPECT_TRUE(own.ring.has_room(48));
}

TEST(Ring, CarriesEntriesFromOneThreadToAnother) {
  constexpr std::uint64_t kCount = 200'000;
  OwnRing own;
  auto& ring = own.ring;
  const auto size_of = [](std::uint64_t number) { return 8 * (3 + number * 7919 % 40); };
  std::thread sender([&] {
    for (std::uint64_t i = 0; i < kCount; ++i) {
      while (!push(ring, size_of(i), i)) std::this_thread::yield();
    }
  });
  std::uint64_t bad = 0;
  for (std::uint64_t next = 0; next < kCount;) {
    const auto limit = ring.published();
    while (const auto* entry = ring.take(limit)) {
      if (!holds(entry, size_of(next), next)) ++bad;
      ++next;
    }
    ring.release();
    if (limit == ring.published()) std::this_thread::yield();
  }
  sender.join();
  EXPECT_EQ(bad, 0U);
}

}  // namespace
}  // namespace factorwal::channel
