/// Frames alone: what goes in comes out, and bytes that nobody wrote do no harm.

#include "wal/reading/frame.h"

#include <gtest/gtest.h>

#include "factorwal/message.h"
#include "graph/state_records.h"
#include "wal/format/frame_checksum.h"
#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

const Identity kSegment = {std::byte{1}, std::byte{2}};

struct Decoded {
  std::vector<std::string> records;
  std::optional<Error> error;
};

Decoded decode(ByteView frame, std::uint64_t offset = 4096) {
  FrameHeader header;
  EXPECT_EQ(parse_frame(frame, kSegment, offset, header), FrameFault::kNone);
  NameTable names;
  FrameDecoder decoder(names);
  decoder.start(frame, header);
  Decoded decoded;
  LogRecord record;
  for (;;) {
    const auto found = decoder.next(record);
    if (!found) decoded.error = found.error();
    if (!found || !*found) return decoded;
    decoded.records.push_back(describe(record));
  }
}

/// A frame of given record bytes, with a checksum that holds.
Bytes forge(ByteView records, std::uint32_t count) {
  FrameBuilder builder;
  const auto head = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
  Bytes frame(head.begin(), head.begin() + kFrameHeaderBytes);
  put_bytes(frame, records);
  frame.resize(align_up(frame.size()));
  store(frame.data() + kFrameLengthOffset, static_cast<std::uint32_t>(frame.size()));
  store(frame.data() + kFrameRecordCountOffset, count);
  store(frame.data() + kFrameRecordBytesOffset, static_cast<std::uint32_t>(records.size()));
  place_frame(frame, kSegment, 4096, {});
  return frame;
}

class RecordBytes {
 public:
  RecordBytes& u8(unsigned v) {
    put(bytes, static_cast<std::uint8_t>(v));
    return *this;
  }
  RecordBytes& varint(std::uint64_t v) {
    put_varint(bytes, v);
    return *this;
  }
  RecordBytes& fill(std::size_t count) {
    bytes.resize(bytes.size() + count);
    return *this;
  }
  RecordBytes& sized(RecordKind kind, const RecordBytes& payload) {
    u8(static_cast<unsigned>(kind)).varint(payload.bytes.size());
    put_bytes(bytes, payload.bytes);
    return *this;
  }
  RecordBytes& names() {
    RecordBytes instrument, factor, layout;
    sized(RecordKind::kInstrument, instrument.varint(0).fill(8).u8('I'));
    sized(RecordKind::kFactor, factor.varint(0).u8('f'));
    return sized(
        RecordKind::kLayout,
        layout.varint(0).varint(2).varint(1).u8('a').varint(1).u8('b').varint(0).varint(0));
  }
  Bytes bytes;
};

void expect_refused(const RecordBytes& records, std::uint32_t count = 1,
                    Errc code = Errc::kCorruption) {
  const auto decoded = decode(forge(records.bytes, count));
  ASSERT_TRUE(decoded.error.has_value());
  EXPECT_EQ(decoded.error->code, code) << decoded.error->message;
}

TEST(Frame, GivesEveryKindOfRecordBackBitForBit) {
  MemoryFileSystem files;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Samples samples(seed);
    NameTable names;
    WriterOptions options = small_segments();
    OpenReport report;
    auto writer = open_writer(files, numbered("/", seed), names, options, report);
    ASSERT_TRUE(writer.has_value());
    std::vector<std::string> truth;
    for (int i = 0; i < 100; ++i) {
      const auto sample = samples.next(static_cast<RecordType>(i % 7));
      sample.add(**writer, names);
      truth.push_back(sample.text());
    }
    const auto frame = (*writer)->frame().finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
    const auto decoded = decode(frame);
    ASSERT_FALSE(decoded.error.has_value()) << decoded.error->message;
    ASSERT_EQ(decoded.records, truth) << "seed " << seed;
  }
}

TEST(Frame, HoldsTheLongestVectorAndTheLargestSnapshot) {
  FrameBuilder builder;
  builder.define_instrument(0, 0, "I");
  builder.define_factor(0, "f");
  const std::vector<double> values(kVectorLengthMax, 1.5);
  builder.add_vector_update({0}, {0}, 1, std::as_bytes(std::span(values)));
  auto frame = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
  ASSERT_LE(frame.size(), kFrameBytesMax);
  ASSERT_EQ(decode(frame).records.size(), 1U);
  builder.reset();
  builder.define_instrument(0, 0, "I");
  Bytes pairs;
  for (std::uint32_t i = 0; i < kSnapshotFactorsMax; ++i) {
    builder.define_factor(i, numbered("f", i));
    put(pairs, i);
    put(pairs, 1.0);
  }
  builder.add_snapshot({0}, 1, 1, pairs);
  frame = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
  ASSERT_EQ(decode(frame).records.size(), 1U);
}

/// A frame of as many ticks of one instrument, and the numbers that a decoder finds in it.
struct NumberedTicks {
  explicit NumberedTicks(std::span<const TickNumber> numbers) {
    FrameBuilder builder;
    builder.define_instrument(0, 0, "I");
    builder.define_layout(0, {{"close"}, {"f"}, ""});
    for (const auto& number : numbers) {
      const double values[] = {1.5, 2.5};
      builder.add_tick({0}, {0}, 1, number, {}, std::as_bytes(std::span(values)));
    }
    const auto view = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
    frame.assign(view.begin(), view.end());
  }
  [[nodiscard]] std::vector<TickNumber> found() const {
    FrameHeader header;
    EXPECT_EQ(parse_frame(frame, kSegment, 4096, header), FrameFault::kNone);
    NameTable names;
    FrameDecoder decoder(names);
    decoder.start(frame, header);
    std::vector<TickNumber> numbers;
    LogRecord record;
    while (decoder.next(record).value()) numbers.push_back(record.tick_number);
    return numbers;
  }
  Bytes frame;
};

// Few are records of their own, many are a block.
TEST(Frame, SaysOfEachTickWhetherItsNumberIsACount) {
  for (const std::size_t count : {3U, 15U, 16U, 400U}) {
    for (const std::size_t counted : {std::size_t{0}, std::size_t{2}, count / 2, count}) {
      std::vector<TickNumber> numbers;
      for (std::size_t i = 0; i < count; ++i) numbers.push_back({i + 1, i < counted});
      EXPECT_EQ(NumberedTicks(numbers).found(), numbers) << count << " ticks, " << counted;
    }
  }
}

TEST(Frame, PaysNoByteForTicksOfOneKind) {
  for (const std::size_t count : {3U, 400U}) {
    std::vector<TickNumber> numbers;
    for (std::size_t i = 0; i < count; ++i) numbers.push_back({i + 1});
    const auto counted = NumberedTicks(numbers).frame.size();
    for (auto& number : numbers) number.counted = false;
    EXPECT_EQ(NumberedTicks(numbers).frame.size(), counted);
  }
}

// A state's own mark says it, so that no other place has to; parts are put together first.
TEST(Frame, SaysOfEachStateWhetherItsNumberIsACount) {
  for (const bool counted : {true, false}) {
    for (const std::size_t parts : {1U, 3U}) {
      Bytes state;
      StateIdentity identity;
      identity.bytes[0] = 9;
      graph::append_state_record(identity, Bytes(40), state);
      if (!counted) graph::append_uncounted_mark(state);
      FrameBuilder builder;
      builder.define_instrument(0, 0, "I");
      builder.define_layout(0, {{"close"}, {"f"}, ""});
      const double values[] = {2.5};
      if (parts == 1) {
        builder.add_operator_state({0}, {0}, 1, 7, values, state);
      } else {
        const auto body = FrameBuilder::state_body(values, state);
        const auto size = body.size() / parts + 1;
        for (std::size_t part = 0; part < parts; ++part) {
          const auto chunk = ByteView(body).subspan(part * size);
          builder.add_operator_state_part({0}, {0}, 1, 7, part, parts,
                                          chunk.first(std::min(chunk.size(), size)));
        }
      }
      const auto frame = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
      FrameHeader header;
      ASSERT_EQ(parse_frame(frame, kSegment, 4096, header), FrameFault::kNone);
      NameTable names;
      FrameDecoder decoder(names);
      decoder.start(frame, header);
      LogRecord record;
      ASSERT_TRUE(decoder.next(record).value());
      EXPECT_EQ(record.tick_number, (TickNumber{7, counted})) << parts << " parts";
    }
  }
}

TEST(Frame, CarriesTheMarksOfItsRings) {
  FrameBuilder builder;
  builder.add_time(5);
  const RingMark rings[] = {{1, 10}, {0xffffffffffffffffU, 20}};
  const auto frame = builder.finish(FrameKind::kCommit, kSegment, 4096, 7, {6, 4096}, rings);
  FrameHeader header;
  ASSERT_EQ(parse_frame(frame, kSegment, 4096, header), FrameFault::kNone);
  EXPECT_EQ(header.first_sequence, 7U);
  EXPECT_EQ(header.frontier.sequence, 6U);
  const auto found = frame_rings(frame, header);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].ring, 0xffffffffffffffffU);
  EXPECT_EQ(found[1].ordinal, 20U);
}

TEST(Frame, DoesNotPassAtAnotherOffsetOrInAnotherSegment) {
  FrameBuilder builder;
  builder.add_time(5);
  const auto frame = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
  FrameHeader header;
  EXPECT_EQ(parse_frame(frame, kSegment, 4096, header), FrameFault::kNone);
  EXPECT_EQ(parse_frame(frame, kSegment, 4104, header), FrameFault::kBadChecksum);
  EXPECT_EQ(parse_frame(frame, Identity{}, 4096, header), FrameFault::kBadChecksum);
}

TEST(Frame, DoesNotPassWithAnyBitChanged) {
  FrameBuilder builder;
  builder.define_instrument(0, 0, "I");
  builder.add_time(5);
  const auto view = builder.finish(FrameKind::kCommit, kSegment, 4096, 1, {}, {});
  Bytes frame(view.begin(), view.end());
  FrameHeader header;
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    frame[bit / 8] ^= mask;
    EXPECT_NE(parse_frame(frame, kSegment, 4096, header), FrameFault::kNone) << bit;
    frame[bit / 8] ^= mask;
  }
}

TEST(HostileFrame, WithNonsenseIsRefusedWithoutReadingBeyondIt) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;
  expect_refused(RecordBytes().u8(1).varint(0xffffffff).varint(0).varint(0).fill(8));
  expect_refused(RecordBytes().u8(1).varint(kHuge).varint(0).varint(0).fill(8));
  expect_refused(RecordBytes().names().u8(1).varint(0).varint(0xffffffff).varint(0).fill(8));
  expect_refused(RecordBytes().names().u8(2).varint(0).varint(0).varint(0).varint(kHuge).fill(8));
  expect_refused(RecordBytes().names().u8(2).varint(0).varint(0).varint(0).varint(2).fill(8));
  expect_refused(RecordBytes().names().u8(3).varint(0).varint(0).varint(0).varint(kHuge).fill(9));
  expect_refused(RecordBytes().names().u8(4).varint(0).varint(9).varint(0).varint(0).fill(8));
  expect_refused(RecordBytes().names().u8(6).varint(kHuge).varint(0));      // shared with nothing
  expect_refused(RecordBytes().names().u8(6).varint(0).varint(kHuge));      // longer than the frame
  expect_refused(RecordBytes().names().u8(0x21).varint(kHuge).fill(4), 0);  // sized beyond it
  expect_refused(RecordBytes().names().u8(0x7f).varint(kHuge).fill(4), 0);  // unknown, too
  expect_refused(RecordBytes().u8(5).fill(0));                              // ends at once
  expect_refused(RecordBytes().u8(5).varint(1), 2);                         // fewer than counted
  expect_refused(RecordBytes().u8(5).varint(1).u8(5).varint(1), 1);         // more than counted
  expect_refused(RecordBytes().u8(0).fill(7), 8);                           // zeros for records
  RecordBytes layout;
  layout.varint(0).varint(kHuge).varint(1).u8('a');
  expect_refused(RecordBytes().sized(RecordKind::kLayout, layout), 0);
  RecordBytes high;
  high.varint(0xffffffff).fill(8).u8('I');
  expect_refused(RecordBytes().sized(RecordKind::kInstrument, high), 0);  // 4 billion handles
  RecordBytes empty_id, bad_id, state;
  expect_refused(RecordBytes().sized(RecordKind::kFactor, empty_id.varint(0)), 0);
  expect_refused(RecordBytes().sized(RecordKind::kFactor, bad_id.varint(0).u8(0xff)), 0);
  state.varint(0).varint(0).fill(8).varint(0).varint(kHuge).fill(8);
  expect_refused(RecordBytes().names().sized(RecordKind::kOperatorState, state), 0);
}

TEST(HostileFrame, OfUnknownKindIsSkippedWhenOptionalAndRefusedWhenNot) {
  RecordBytes payload;
  payload.fill(5);
  const auto optional = RecordBytes().sized(static_cast<RecordKind>(0xff), payload);
  EXPECT_FALSE(decode(forge(optional.bytes, 0)).error.has_value());
  expect_refused(RecordBytes().sized(static_cast<RecordKind>(0x7f), payload), 0,
                 Errc::kUnsupportedVersion);
  expect_refused(RecordBytes().u8(0x1f).fill(3), 1, Errc::kUnsupportedVersion);
}

TEST(HostileFrame, OfRandomBytesIsReadOrRefusedButNeverWorse) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    RecordBytes records;
    records.names();
    // Mostly small numbers, so that some of them mean something.
    for (auto n = random() % 60; n > 0; --n) {
      records.u8(static_cast<unsigned>(random() % (random() % 4 == 0 ? 256 : 7)));
    }
    (void)decode(forge(records.bytes, static_cast<std::uint32_t>(random() % 8)));
  }
}

}  // namespace
}  // namespace factorwal::wal::test
