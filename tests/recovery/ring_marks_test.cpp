// How far a log has taken from its rings, for who only looks: as an open knows it.

#include "recovery/ring_marks.h"

#include <gtest/gtest.h>

#include "wal/log_story.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::recovery {
namespace {

/// One bit of each frame that carries marks.
void damage_marks(factorwal::test::MemoryFileSystem& files, const wal::SegmentView& segment) {
  const auto file = files.open_read(segment.path).value();
  wal::SegmentReader reader(*file, segment.entry.identity, wal::kSegmentHeaderBytes, segment.end);
  int damaged = 0;
  while (reader.next().value() == wal::SegmentReader::Step::kFrame) {
    if (wal::frame_rings(reader.frame(), reader.header()).empty()) continue;
    files.flip(segment.path, reader.offset() + 20, 1);
    ++damaged;
  }
  EXPECT_GT(damaged, 0) << "each segment begins with the marks";
}

// Failure: of a log that was closed in order the marks of its last segment alone were read, damaged
// or not, and `verify` told of rings as if nothing had been taken from them.
TEST(RingMarks, OfAClosedLogThatIsDamagedAreThoseOfAllSegments) {
  factorwal::test::MemoryFileSystem files;
  wal::test::Story story(files);
  ASSERT_TRUE(story.open());
  story.samples().next(RecordType::kUpdate).add(story.writer(), story.names());
  const wal::RingMark mark{77, 5};
  ASSERT_TRUE(story.writer().write(std::span(&mark, 1)));
  while (story.writer().segment_number() < 3) ASSERT_TRUE(story.commit(200));
  ASSERT_TRUE(story.close());
  damage_marks(files, wal::open_log_view(files, wal::test::kDirectory).value().segments.back());
  const auto view = wal::open_log_view(files, wal::test::kDirectory).value();
  ASSERT_FALSE(view.corrupt()) << "damage between its ends is not met by the look";
  const auto marks = read_ring_marks(files, view);
  ASSERT_TRUE(marks);
  ASSERT_EQ(marks->size(), 1U);
  EXPECT_EQ(marks->front().ring, mark.ring);
  EXPECT_EQ(marks->front().ordinal, mark.ordinal);
}

}  // namespace
}  // namespace factorwal::recovery
