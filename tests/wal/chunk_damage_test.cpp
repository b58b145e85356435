/// A bad byte in a large frame costs one chunk, and says whose records these were.

#include <gtest/gtest.h>

#include "wal/chunk/block_format.h"
#include "wal/log_story.h"
#include "wal/reading/frame.h"

namespace factorwal::wal::test {
namespace {

constexpr std::uint64_t kInstruments = 20;
constexpr std::uint64_t kTicks = 2000;

class ChunkDamage : public ::testing::Test {
 protected:
  /// A frame of many ticks, and one behind it, so that the first lies below a frontier.
  void SetUp() override {
    NameTable names;
    OpenReport report;
    WriterOptions options;
    options.segment_bytes = options.first_segment_bytes = std::uint64_t{1} << 20;
    auto writer = open_writer(files_, kDirectory, names, options, report);
    ASSERT_OK(writer);
    Samples samples(3);
    for (std::uint64_t i = 0; i < kTicks; ++i) {
      Sample tick;
      tick.type = RecordType::kTick;
      tick.instrument = numbered("I", i % kInstruments);
      tick.time = static_cast<TimestampNs>(1'600'000'000'000'000'000 + i * 1000);
      tick.number = i / kInstruments;
      tick.layout = {{"close", "volume"}, {"a", "b"}, ""};
      tick.fields = {samples.any_double(), static_cast<double>(i % 7)};
      tick.values = {samples.any_double(), samples.any_double()};
      tick.add(**writer, names);
      truth_.push_back(tick.text());
    }
    ASSERT_OK((*writer)->write());
    ASSERT_OK((*writer)->sync());
    Sample last;
    last.add(**writer, names);
    truth_.push_back(last.text());
    ASSERT_OK((*writer)->write());
    ASSERT_OK((*writer)->close());
    find_frame();
  }

  void find_frame() {
    auto file = files_.open_read(path_);
    ASSERT_OK(file);
    auto view = open_log_view(files_, kDirectory);
    ASSERT_OK(view);
    const auto& segment = view->segments.front();
    SegmentReader reader(**file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
    while (reader.next().value() == SegmentReader::Step::kFrame) {
      if (reader.header().record_count != kTicks) continue;
      offset_ = reader.offset();
      header_ = reader.header();
      std::vector<ChunkView> chunks;
      frame_chunks(reader.frame(), header_, chunks);
      auto place = offset_ + header_.head_bytes;
      for (const auto& chunk : chunks) {
        chunk_places_.push_back(place);
        place += chunk.bytes.size();
      }
    }
    ASSERT_GE(chunk_places_.size(), kTicks / kTickChunkRows);
  }

  void expect_true(const Reading& reading) const {
    ASSERT_FALSE(reading.error.has_value()) << reading.error->message;
    for (const auto& [sequence, text] : reading.records) {
      ASSERT_EQ(text, truth_[sequence - 1]) << "record " << sequence;
    }
  }

  MemoryFileSystem files_;
  const std::string path_ = join_path(kDirectory, segment_name(1));
  std::vector<std::string> truth_;
  std::uint64_t offset_ = 0;
  FrameHeader header_;
  std::vector<std::uint64_t> chunk_places_;
};

TEST_F(ChunkDamage, CostsOneChunkAndNamesItsInstruments) {
  for (const auto place : chunk_places_) {
    files_.flip(path_, place + 3, 1);
    const auto reading = read_log(files_);
    expect_true(reading);
    EXPECT_TRUE(reading.corrupt);
    const auto lost = truth_.size() - reading.records.size();
    EXPECT_GT(lost, 0U);
    EXPECT_LE(lost, kTickChunkRows);
    ASSERT_EQ(reading.findings.size(), 1U) << show(reading.findings);
    const auto& finding = reading.findings[0];
    EXPECT_EQ(finding.offset, place);
    EXPECT_EQ(finding.file, path_);
    EXPECT_NE(finding.what.find(numbered("", lost) + " records of I"), std::string::npos)
        << finding.what;
    for (Sequence s = 1; s <= truth_.size(); ++s) {
      const bool within = s >= finding.first_sequence && s <= finding.last_sequence;
      EXPECT_TRUE(within || reading.records.contains(s)) << "record " << s;
    }
    EXPECT_FALSE(reading.records.contains(finding.first_sequence));
    EXPECT_FALSE(reading.records.contains(finding.last_sequence));
    files_.flip(path_, place + 3, 1);
  }
  EXPECT_EQ(read_log(files_).records.size(), truth_.size());
}

TEST_F(ChunkDamage, OfTwoChunksIsToldForEach) {
  files_.flip(path_, chunk_places_[1] + 1, 1);
  files_.flip(path_, chunk_places_.back() + 1, 1);
  const auto reading = read_log(files_);
  expect_true(reading);
  EXPECT_EQ(reading.findings.size(), 2U) << show(reading.findings);
  EXPECT_GT(reading.records.size(), truth_.size() - 3 * kTickChunkRows);
}

// What says where chunks lie cannot be trusted any more.
TEST_F(ChunkDamage, OfTheHeadCostsTheFrame) {
  for (std::uint64_t at = 0; at < header_.head_bytes; at += 7) {
    files_.flip(path_, offset_ + at, 1);
    const auto reading = read_log(files_);
    expect_true(reading);
    EXPECT_TRUE(reading.corrupt) << "byte " << at;
    EXPECT_LE(reading.records.size(), truth_.size() - kTicks) << "byte " << at;
    files_.flip(path_, offset_ + at, 1);
  }
}

}  // namespace
}  // namespace factorwal::wal::test
