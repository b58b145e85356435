#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/crc32c.h"
#include "wal/value_code.h"

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
    const auto [code, width] = wal::store_value(buffer, bits);
    ASSERT_LE(code, 15U);
    ASSERT_EQ(width, wal::value_width(code));
    ASSERT_EQ(wal::load_value(buffer, code), bits) << code;
  }
}

}  // namespace
}  // namespace factorwal
