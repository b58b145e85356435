/// docs/format.md says what the code does: offsets, constants, and the worked example.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/crc32c.h"
#include "channel/ring_header.h"
#include "factorwal/message.h"
#include "wal/format/value_code.h"
#include "wal/reading/frame_decoder.h"
#include "wal/writing/frame_builder.h"

namespace factorwal::wal::test {
namespace {

std::string page() {
  std::ifstream file(std::string(FACTORWAL_SOURCE_DIR) + "/docs/format.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The bytes of the code block after `mark`. A line: offset and colon, bytes, `;`, explanation.
Bytes example(const std::string& text, const std::string& mark) {
  Bytes bytes;
  auto at = text.find(mark);
  EXPECT_NE(at, std::string::npos);
  at = text.find("```", at) + 3;
  std::istringstream lines(text.substr(at, text.find("```", at) - at));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find(';')));
    for (std::string word; words >> word;) {
      if (word.back() == ':') {
        EXPECT_EQ(std::stoul(word, nullptr, 16), bytes.size()) << line;
        continue;
      }
      EXPECT_EQ(word.size(), 2U) << line;
      bytes.push_back(static_cast<std::byte>(std::stoul(word, nullptr, 16)));
    }
  }
  return bytes;
}

TEST(FormatPage, ShowsTheFrameThatIsWritten) {
  Identity segment{};
  for (std::size_t i = 0; i < segment.size(); ++i) segment[i] = static_cast<std::byte>(i);
  FrameBuilder builder;
  builder.define_instrument(0, kNoTimestamp, "IF");
  builder.define_factor(0, "ma5");
  builder.define_layout(0, {{"close"}, {"ma5"}, ""});
  builder.add_update({0}, {0}, 1'000'000'000, 5208.6);
  const double first[] = {5208.6, 5208.6};
  const double second[] = {5208.8, 5208.7};
  builder.add_tick({0}, {0}, 1'000'000'500, {1}, as_bytes("A1"), std::as_bytes(std::span(first)));
  builder.add_tick({0}, {0}, 1'000'001'000, {2}, as_bytes("A2"), std::as_bytes(std::span(second)));
  const RingMark marks[] = {{0x11, 3}};
  const auto frame = builder.finish(FrameKind::kCommit, segment, 4096, 1, {0, 4096}, marks);
  std::string text;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%02x%s", static_cast<unsigned>(frame[i]),
                  i % 16 == 15 ? "\n" : " ");
    text += hex;
  }
  const auto shown = example(page(), "<!-- frame -->");
  EXPECT_TRUE(Bytes(frame.begin(), frame.end()) == shown) << "written is\n" << text;
  FrameHeader header;
  EXPECT_EQ(parse_frame(shown, segment, 4096, header), FrameFault::kNone);
}

TEST(FormatPage, HasTheOffsetsOfTheCode) {
  const auto text = page();
  const auto expect_row = [&](const std::string& name, std::size_t offset, std::size_t size) {
    const auto row = "| " + std::to_string(offset) + " | " + std::to_string(size) + " | `" + name;
    EXPECT_NE(text.find(row), std::string::npos) << row;
  };
  expect_row("magic", 0, 8);
  expect_row("checksum", kSegmentChecksumOffset, 4);
  expect_row("version", kSegmentVersionOffset, 4);
  expect_row("directory", kSegmentDirectoryOffset, 16);
  expect_row("segment", kSegmentIdentityOffset, 16);
  expect_row("number", kSegmentNumberOffset, 8);
  expect_row("epoch", kSegmentEpochOffset, 8);
  expect_row("allocated_bytes", kSegmentAllocatedOffset, 8);
  expect_row("first_sequence", kSegmentFirstSequenceOffset, 8);
  expect_row("predecessor", kSegmentPredecessorOffset, 16);
  expect_row("predecessor_end", kSegmentPredecessorEndOffset, 8);
  expect_row("replay_start", kSegmentReplayStartOffset, 24);
  expect_row("replay_fallback", kSegmentReplayFallbackOffset, 24);
  expect_row("frontier_sequence", kSegmentFrontierSequenceOffset, 8);
  expect_row("frontier_offset", kSegmentFrontierOffsetOffset, 8);
  expect_row("created", kSegmentCreatedOffset, 8);
  expect_row("magic", 0, 4);
  expect_row("checksum", kFrameChecksumOffset, 4);
  expect_row("length", kFrameLengthOffset, 4);
  expect_row("kind", kFrameKindOffset, 1);
  expect_row("flags", kFrameFlagsOffset, 1);
  expect_row("ring_count", kFrameRingCountOffset, 2);
  expect_row("first_sequence", kFrameFirstSequenceOffset, 8);
  expect_row("record_count", kFrameRecordCountOffset, 4);
  expect_row("record_bytes", kFrameRecordBytesOffset, 4);
  expect_row("frontier_sequence", kFrameFrontierSequenceOffset, 8);
  expect_row("frontier_offset", kFrameFrontierOffsetOffset, 8);
  expect_row("records", kFrameHeaderBytes, 0);
}

TEST(FormatPage, HasTheRingsOfTheCode) {
  const auto text = page();
  const auto at = [](std::size_t offset) {
    return std::to_string(channel::kRingControlOffset + offset);
  };
  EXPECT_NE(text.find("| " + at(offsetof(channel::RingControl, head)) + " | 8 | `head`"),
            std::string::npos);
  EXPECT_NE(text.find("| " + at(offsetof(channel::RingControl, released_ordinal)) +
                      " | 8 | the last ordinal"),
            std::string::npos);
  EXPECT_NE(text.find("| " + at(offsetof(channel::RingControl, tail)) + " | 8 | `tail`"),
            std::string::npos);
  EXPECT_NE(
      text.find("| " + std::to_string(channel::kRingHeaderBytes) + " | capacity | the block |"),
      std::string::npos);
  channel::RingHeader header;
  header.identity = 0x0123456789abcdef;
  header.capacity = 4096;
  const auto bytes = channel::encode_ring_header(header);
  EXPECT_EQ(load<std::uint64_t>(bytes.data() + 32), header.identity);
  EXPECT_EQ(load<std::uint64_t>(bytes.data() + 40), header.capacity);
  EXPECT_EQ(bytes.size(), channel::kRingControlOffset);
  EXPECT_EQ(channel::ring_name(header.identity), "factorwal-0123456789abcdef.ring");
}

// The formula of the page, written out.
TEST(FormatPage, HasTheChecksumOfARingsEntries) {
  const std::uint64_t ring = 0x1122334455667788;
  const std::uint64_t position = 4096 + 48;
  const Bytes entry(40, std::byte{7});
  const auto p = ring ^ (position * 0x9e3779b97f4a7c15U);
  const auto start = static_cast<std::uint32_t>(p) ^ static_cast<std::uint32_t>(p >> 32) ^
                     static_cast<std::uint32_t>(entry.size());
  EXPECT_EQ(channel::entry_checksum(ring, position, entry),
            crc32c(ByteView(entry).subspan(8), start));
}

TEST(FormatPage, HasTheKindsAndLimitsOfTheCode) {
  const auto text = page();
  const auto expect_text = [&](const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  };
  const std::pair<RecordKind, const char*> kinds[] = {
      {RecordKind::kUpdate, "update"},
      {RecordKind::kVectorUpdate, "vector update"},
      {RecordKind::kSnapshot, "snapshot"},
      {RecordKind::kTick, "tick"},
      {RecordKind::kUncountedTick, "tick, not counted"},
      {RecordKind::kTime, "time"},
      {RecordKind::kPosition, "position"},
      {RecordKind::kOperatorState, "operator state"},
      {RecordKind::kInstrument, "instrument"},
      {RecordKind::kFactor, "factor"},
      {RecordKind::kLayout, "layout"},
      {RecordKind::kGeneration, "generation"}};
  for (const auto& [kind, name] : kinds) {
    char row[64];
    std::snprintf(row, sizeof row, "| `%02x` | %s |", static_cast<unsigned>(kind), name);
    expect_text(row);
  }
  static_assert(kFrameBytesMax == 8 << 20);
  expect_text("8 MiB (8,388,608 bytes)");
  static_assert(kVectorLengthMax == 500'000 && kSnapshotFactorsMax == 300'000);
  expect_text("500,000 values");
  expect_text("300,000 factors");
  static_assert(kDecimalCode == 15 && kHighCodeMax == 14);
  static_assert(kFormatVersion == 1 && kFirstSizedKind == 0x20 && kOptionalBit == 0x80);
  static_assert(kFrameAlignment == 8 && kSegmentHeaderBytes == 4096);
}

}  // namespace
}  // namespace factorwal::wal::test
