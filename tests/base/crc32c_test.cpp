#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>

#include "base/crc32c_words.h"

namespace factorwal {
namespace {

/// Bit by bit, as the polynomial has it.
std::uint32_t by_definition(ByteView bytes, std::uint32_t previous = 0) {
  std::uint32_t state = ~previous;
  for (const auto byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int i = 0; i < 8; ++i) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~state;
}

Bytes random_bytes(std::size_t count) {
  std::mt19937_64 random(count + 1);
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(Crc32c, IsThatOfTheStandard) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, IsTheSameAtEveryLengthPlaceAndStart) {
  for (std::size_t size = 0; size < 1500; ++size) {
    const auto bytes = random_bytes(size + 8);
    const auto view = ByteView(bytes).subspan(size % 8, size);
    const auto previous = static_cast<std::uint32_t>(size * 0x9e3779b9U);
    ASSERT_EQ(crc32c(view), by_definition(view)) << size;
    ASSERT_EQ(crc32c(view, previous), by_definition(view, previous)) << size;
  }
}

TEST(Crc32c, OfWordsIsThatOfTheirBytes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::array<std::uint64_t, 3> words = {random(), random(), random()};
    const auto previous = static_cast<std::uint32_t>(random());
    EXPECT_EQ(crc32c_words(previous, words[0], words[1], words[2]),
              by_definition(std::as_bytes(std::span(words)), previous));
  }
}

}  // namespace
}  // namespace factorwal
