/// Manifest and segment header, byte by byte.

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

Identity identity(unsigned seed) {
  Identity id{};
  id.fill(static_cast<std::byte>(seed));
  return id;
}

Manifest some_manifest() {
  Manifest manifest;
  manifest.directory = identity(1);
  manifest.epoch = 3;
  manifest.clean = true;
  manifest.last_sequence = 77;
  manifest.last_segment_end = 5000;
  manifest.segments = {{1, identity(2), 65536}, {4, identity(3), 1 << 20}};
  return manifest;
}

TEST(Manifest, GivesBackWhatItHolds) {
  const auto found = decode_manifest(encode_manifest(some_manifest()), "M");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(encode_manifest(*found), encode_manifest(some_manifest()));
  EXPECT_EQ(found->segments[1].number, 4U);
  EXPECT_TRUE(found->clean);
}

TEST(Manifest, DoesNotPassWithAnyByteChangedOrAnyLengthCut) {
  const auto good = encode_manifest(some_manifest());
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const unsigned mask : {1U, 0x80U, 0xffU}) {
      auto bad = good;
      bad[i] ^= static_cast<std::byte>(mask);
      const auto found = decode_manifest(bad, "M");
      ASSERT_FALSE(found.has_value()) << i;
      EXPECT_EQ(found.error().code, Errc::kCorruption);
    }
    ASSERT_FALSE(decode_manifest(ByteView(good).first(i), "M").has_value()) << i;
  }
  auto longer = good;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_manifest(longer, "M").has_value());
}

TEST(Manifest, OfAnOpenDirectorySaysWhichSegmentIsInUse) {
  auto manifest = some_manifest();
  manifest.clean = false;
  manifest.in_use = 2;
  const auto read = decode_manifest(encode_manifest(manifest), "M");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->in_use, 2U);
  EXPECT_EQ(read->last_segment_end, 0U);
}

TEST(Manifest, WithALastSequenceAndNoSegmentIsRefused) {
  auto manifest = some_manifest();
  manifest.segments.clear();
  EXPECT_FALSE(decode_manifest(encode_manifest(manifest), "M").has_value());
}

TEST(Manifest, OfANewerFormatIsNamedAsSuch) {
  auto bytes = encode_manifest(some_manifest());
  store(bytes.data() + 12, kFormatVersion + 1);
  store(bytes.data() + 8, crc32c(ByteView(bytes).subspan(12)));
  const auto found = decode_manifest(bytes, "M");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Errc::kUnsupportedVersion);
}

TEST(Manifest, WithAnAbsurdNumberOfSegmentsIsRefused) {
  auto bytes = encode_manifest(some_manifest());
  store(bytes.data() + 64, std::uint64_t{1} << 60);
  store(bytes.data() + 8, crc32c(ByteView(bytes).subspan(12)));
  EXPECT_FALSE(decode_manifest(bytes, "M").has_value());
}

SegmentHeader some_header() {
  SegmentHeader header;
  header.directory = identity(1);
  header.identity = identity(2);
  header.number = 9;
  header.epoch = 4;
  header.allocated_bytes = 65536;
  header.first_sequence = 100;
  header.predecessor = identity(3);
  header.predecessor_end = 6000;
  header.replay = {{7, 8192, 100}, {2, 5000, 9}};
  header.frontier_sequence = 110;
  header.frontier_offset = 4300;
  header.created_ns = 1'609'724'300'400'000'000;
  return header;
}

TEST(SegmentHeader, GivesBackWhatItHoldsAndFillsItsPage) {
  const auto page = encode_segment_header(some_header());
  ASSERT_EQ(page.size(), kSegmentHeaderBytes);
  SegmentHeader found;
  ASSERT_EQ(decode_segment_header(page, found), HeaderFault::kNone);
  EXPECT_EQ(encode_segment_header(found), page);
  EXPECT_EQ(found.frontier_offset, 4300U);
  EXPECT_EQ(found.predecessor_end, 6000U);
  EXPECT_EQ(found.replay, (ReplayStarts{{7, 8192, 100}, {2, 5000, 9}}));
  EXPECT_EQ(found.created_ns, 1'609'724'300'400'000'000);
}

TEST(SegmentHeader, DoesNotPassWithAnyByteOfItsPageChanged) {
  auto page = encode_segment_header(some_header());
  SegmentHeader found;
  for (auto& byte : page) {
    byte ^= std::byte{0x10};
    ASSERT_EQ(decode_segment_header(page, found), HeaderFault::kBad);
    byte ^= std::byte{0x10};
  }
  for (std::size_t size = 0; size < page.size(); ++size) {
    ASSERT_NE(decode_segment_header(ByteView(page).first(size), found), HeaderFault::kNone);
  }
}

TEST(SegmentHeader, OfZerosIsEmptyAndOfANewerFormatIsNamedAsSuch) {
  SegmentHeader found;
  EXPECT_EQ(decode_segment_header(Bytes(kSegmentHeaderBytes), found), HeaderFault::kEmpty);
  auto page = encode_segment_header(some_header());
  store(page.data() + kSegmentVersionOffset, kFormatVersion + 1);
  store(page.data() + kSegmentChecksumOffset,
        crc32c(ByteView(page).subspan(kSegmentVersionOffset)));
  EXPECT_EQ(decode_segment_header(page, found), HeaderFault::kNewerVersion);
}

}  // namespace
}  // namespace factorwal::wal::test
