#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <limits>
#include <random>

#include "base/crc32c.h"
#include "wal/format/value_code.h"

namespace factorwal {
namespace {

TEST(Crc32c, HasTheKnownCheckValue) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, OfPartsIsThatOfTheWhole) {
  const auto text = as_bytes("the log is not to be trusted");
  for (std::size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(crc32c(text.subspan(i), crc32c(text.first(i))), crc32c(text));
  }
}

TEST(Varint, GivesEveryNumberBackInAtMostTenBytes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    Bytes out;
    put_varint(out, value);
    ASSERT_LE(out.size(), 10U);
    Cursor cursor(out);
    ASSERT_EQ(cursor.varint(), value);
    ASSERT_TRUE(cursor.ok());
    ASSERT_EQ(cursor.remaining(), 0U);
  }
}

TEST(Varint, OfMoreThanTenBytesIsRefused) {
  const Bytes endless(20, std::byte{0x80});
  Cursor cursor(endless);
  (void)cursor.varint();
  EXPECT_FALSE(cursor.ok());
}

TEST(Zigzag, KeepsEveryDifference) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, kMin, kMax, kMin + 1}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
}

TEST(Cursor, GivesZerosAfterTheEndAndStaysThere) {
  const Bytes three(3, std::byte{1});
  Cursor cursor(three);
  EXPECT_EQ(cursor.get<std::uint32_t>(), 0U);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.get<std::uint8_t>(), 0U);
  EXPECT_TRUE(cursor.bytes(std::numeric_limits<std::uint64_t>::max()).empty());
}

TEST(ValueCode, GivesEveryDifferenceBack) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100000; ++i) {
    const auto low = random() % 65;
    const auto high = random() % 65;
    std::uint64_t bits = random();
    bits = low == 64 ? 0 : bits >> low;
    bits = high == 64 ? 0 : bits << high;
    std::byte buffer[8];
    const auto [code, width] = wal::store_difference(buffer, bits);
    ASSERT_LT(code, wal::kDecimalCode);
    ASSERT_EQ(width, wal::difference_width(code));
    ASSERT_EQ(wal::load_difference(buffer, code), bits) << code;
  }
}

std::uint64_t any_bits(std::mt19937_64& random) {
  const auto decimal = static_cast<double>(random() % 10'000'000) / std::pow(10, random() % 9);
  switch (random() % 8) {
    case 0: return random();
    case 1: return wal::kMissingBits | (random() % 2);
    case 2: return std::bit_cast<std::uint64_t>(-0.0);
    case 3: return random() % 3;  // 0 and the smallest of all
    case 4: return std::bit_cast<std::uint64_t>(static_cast<double>(random() >> (random() % 64)));
    case 5: return std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
    case 6: return std::bit_cast<std::uint64_t>(-decimal);
    default: return std::bit_cast<std::uint64_t>(decimal);
  }
}

// The host may have set another rounding for its own purposes: the bits must not depend on it.
TEST(ValueCode, GivesEveryValueBackInAtMostEightBytesUnderAnyRounding) {
  const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  std::mt19937_64 random(3);
  std::size_t decimals = 0;
  for (int i = 0; i < 400000; ++i) {
    const auto bits = any_bits(random);
    const wal::Prediction near{any_bits(random), any_bits(random)};
    std::byte buffer[16];
    wal::ValueCode stored{};
    std::fesetround(modes[random() % 4]);
    {
      const wal::RoundToNearest rounding;
      stored = wal::store_value(buffer, bits, near);
    }
    Cursor cursor(ByteView(buffer).first(stored.width));
    std::uint64_t found = 0;
    bool good = false;
    std::fesetround(modes[random() % 4]);
    {
      const wal::RoundToNearest rounding;
      good = wal::load_value(cursor, stored.code, near, found);
    }
    std::fesetround(FE_TONEAREST);
    ASSERT_TRUE(good);
    ASSERT_EQ(found, bits);
    ASSERT_EQ(cursor.remaining(), 0U);
    ASSERT_LE(stored.width, 8U);
    decimals += stored.code == wal::kDecimalCode;
  }
  EXPECT_GT(decimals, 100000U);
}

TEST(ValueCode, StoresAPriceThatMovesByATickInTwoBytes) {
  const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  std::byte buffer[16];
  EXPECT_EQ(wal::store_value(buffer, bits(5208.8), {bits(5208.6), 0}).width, 2U);
  EXPECT_EQ(wal::store_value(buffer, bits(5208.8), {bits(5208.8), 0}).width, 0U);
  EXPECT_EQ(wal::store_value(buffer, bits(0.0), {bits(5208.8), 0}).width, 1U);
  EXPECT_EQ(wal::store_value(buffer, wal::kMissingBits, {bits(5208.8), 0}).width, 1U);
}

TEST(ValueCode, OfNonsenseIsRefusedOrReadWithoutHarm) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 100000; ++i) {
    std::byte buffer[9];
    for (auto& byte : buffer) byte = static_cast<std::byte>(random());
    Cursor cursor(ByteView(buffer).first(random() % 10));
    std::uint64_t found = 0;
    (void)wal::load_value(cursor, static_cast<unsigned>(random() % 16),
                          {any_bits(random), any_bits(random)}, found);
  }
}

}  // namespace
}  // namespace factorwal
