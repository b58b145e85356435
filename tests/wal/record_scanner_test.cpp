// The scanner says of a frame what the decoder says, and never that a frame holds which the decoder
// refuses.
#include "wal/reading/record_scanner.h"

#include <gtest/gtest.h>

#include <random>

#include "wal/reading/frame_decoder.h"
#include "wal/writing/frame_builder.h"

namespace factorwal::wal {
namespace {

class RecordScannerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* id : {"A", "B", "C"}) {
      (void)names_.instruments.intern(id);
      (void)names_.factors.intern(id);
    }
    // An odd number of values in one, an even one in the other.
    (void)names_.layouts.intern({{"close"}, {"f", "g"}, "x"});
    (void)names_.layouts.intern({{"close", "volume"}, {"f", "g"}, "y"});
  }

  /// A frame of records of every kind that the scanner reads.
  Bytes random_frame(std::mt19937_64& random, int count) {
    FrameBuilder builder;
    Bytes position;
    for (int i = 0; i < count; ++i) {
      const InstrumentHandle instrument{static_cast<std::uint32_t>(random() % 3)};
      const auto time = static_cast<TimestampNs>(random() % 1'000'000);
      if (random() % 3 == 0) {
        position.resize(random() % 20);
        for (auto& byte : position) byte = static_cast<std::byte>(random() % 2);
      }
      switch (random() % 8) {
        case 0: builder.add_time(time); break;
        case 1: builder.add_position(position); break;
        case 2: builder.add_update(instrument, FactorHandle{1}, time, 1.5); break;
        default: {
          const LayoutHandle layout{static_cast<std::uint32_t>(random() % 2)};
          std::vector<double> values(layout.index == 0 ? 3 : 4);
          for (auto& value : values) value = random_value(random);
          builder.add_tick(instrument, layout, time, {random() % 50, random() % 4 != 0}, position,
                           std::as_bytes(std::span(values)));
        }
      }
    }
    const auto frame = builder.finish(FrameKind::kCommit, {}, 4096, 7, {}, {});
    return {frame.begin(), frame.end()};
  }
  static double random_value(std::mt19937_64& random) {
    switch (random() % 5) {
      case 0: return std::numeric_limits<double>::quiet_NaN();
      case 1: return static_cast<double>(random() % 100000) / 5;
      case 2: return std::bit_cast<double>(random());
      case 3: return static_cast<double>(random() % 8) * 0x1p40;
      default: return 0;
    }
  }

  /// What the decoder makes of it; nothing when it refuses.
  std::optional<std::vector<ScannedRecord>> decode(ByteView frame, const FrameHeader& header) {
    FrameDecoder decoder(names_);
    decoder.start(frame, header);
    std::vector<ScannedRecord> records;
    LogRecord record;
    for (;;) {
      const auto found = decoder.next(record);
      if (!found) return std::nullopt;
      if (!*found) return records;
      ScannedRecord one;
      one.type = record.type;
      if (record.type == RecordType::kTick || record.type == RecordType::kUpdate) {
        one.instrument = record.instrument;
      }
      if (record.type == RecordType::kTick) {
        one.layout = record.layout_handle;
        one.tick_number = record.tick_number;
      }
      records.push_back(one);
    }
  }
  static bool same(const std::vector<ScannedRecord>& a, const std::vector<ScannedRecord>& b) {
    return std::ranges::equal(a, b, [](const ScannedRecord& x, const ScannedRecord& y) {
      return x.type == y.type && x.instrument == y.instrument && x.layout == y.layout &&
             x.tick_number == y.tick_number;
    });
  }

  NameTable names_;
};

TEST_F(RecordScannerTest, SeesWhatTheDecoderSees) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    const auto frame = random_frame(random, static_cast<int>(random() % 60));
    FrameHeader header;
    ASSERT_EQ(parse_frame(frame, {}, 4096, header), FrameFault::kNone);
    RecordScanner scanner(names_);
    ASSERT_TRUE(scanner.scan(frame, header)) << "round " << round << " of seed 5";
    const auto decoded = decode(frame, header);
    ASSERT_TRUE(decoded);
    ASSERT_TRUE(same(scanner.records(), *decoded)) << "round " << round << " of seed 5";
  }
}

TEST_F(RecordScannerTest, PassesNoFrameThatTheDecoderRefuses) {
  std::mt19937_64 random(6);
  std::uint64_t passed = 0;
  std::uint64_t refused = 0;
  for (int round = 0; round < 4; ++round) {
    const auto frame = random_frame(random, 25);
    FrameHeader header;
    ASSERT_EQ(parse_frame(frame, {}, 4096, header), FrameFault::kNone);
    for (std::size_t at = 0; at < header.record_bytes; ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        auto bent = frame;
        bent[kFrameHeaderBytes + at] ^= static_cast<std::byte>(1U << bit);
        const auto decoded = decode(bent, header);
        RecordScanner scanner(names_);
        const bool held = scanner.scan(bent, header);
        ++(held ? passed : refused);
        if (!held) continue;
        ASSERT_TRUE(decoded) << "round " << round << ", byte " << at << ", bit " << bit;
        ASSERT_TRUE(same(scanner.records(), *decoded))
            << "round " << round << ", byte " << at << ", bit " << bit;
      }
    }
  }
  EXPECT_GT(passed, 500U);
  EXPECT_GT(refused, 500U);
}

TEST_F(RecordScannerTest, LeavesNamesAndStatesToTheDecoder) {
  FrameBuilder builder;
  builder.define_factor(3, "D");
  builder.add_time(1);
  const auto frame = builder.finish(FrameKind::kCommit, {}, 4096, 1, {}, {});
  FrameHeader header;
  ASSERT_EQ(parse_frame(frame, {}, 4096, header), FrameFault::kNone);
  RecordScanner scanner(names_);
  EXPECT_FALSE(scanner.scan(frame, header));
}

}  // namespace
}  // namespace factorwal::wal
