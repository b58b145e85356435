// The mark of an archive: what retention makes of it, and of one that does not hold.

#include <gtest/gtest.h>

#include "support/memory_file_system.h"
#include "wal/format/archived_mark.h"
#include "wal/format/manifest.h"
#include "wal/wal_life.h"

namespace factorwal::wal::test {
namespace {

class ArchivedMark : public testing::Test {
 protected:
  void SetUp() override { files_.simulate(clock_); }

  [[nodiscard]] Identity identity() { return load_manifest(files_, kDirectory).value().directory; }
  void set(Sequence sequence) {
    ASSERT_OK(store_archived_mark(files_, kDirectory, identity(), sequence));
  }
  [[nodiscard]] Sequence first_kept() { return read_content(files_).first; }

  MemoryFileSystem files_;
  TestClock clock_;
  Life life_;
};

TEST_F(ArchivedMark, ComesBackAsItWasSet) {
  ASSERT_OK(life_.open(files_));
  EXPECT_EQ(load_archived_mark(files_, kDirectory, identity()).value(), std::nullopt);
  for (const Sequence sequence : {Sequence{0}, Sequence{17}, ~Sequence{0} - 1}) {
    set(sequence);
    EXPECT_EQ(load_archived_mark(files_, kDirectory, identity()).value(), sequence);
  }
}

TEST_F(ArchivedMark, AnyFlippedByteIsToldAndNothingIsCut) {
  ASSERT_OK(life_.open(files_));
  set(1'000'000);
  const auto path = join_path(kDirectory, kArchivedName);
  const auto sound = files_.content(path);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    files_.flip(path, i, 1);
    const auto found = load_archived_mark(files_, kDirectory, identity());
    ASSERT_FALSE(found) << "byte " << i;
    EXPECT_EQ(found.error().code, Errc::kCorruption);
    files_.put_file(path, sound);
  }
  files_.flip(path, 33, 1);
  ASSERT_OK(life_.live(files_));
  EXPECT_EQ(first_kept(), 1U);
  EXPECT_EQ(life_.writer->archived(), 0U);
}

TEST_F(ArchivedMark, OfAnotherDirectoryIsNotBelieved) {
  ASSERT_OK(life_.open(files_));
  auto other = identity();
  other[0] ^= std::byte{1};
  ASSERT_OK(store_archived_mark(files_, kDirectory, other, 1'000'000));
  EXPECT_EQ(load_archived_mark(files_, kDirectory, identity()).error().code, Errc::kCorruption);
  ASSERT_OK(life_.live(files_));
  EXPECT_EQ(first_kept(), 1U);
}

TEST_F(ArchivedMark, RetentionWaitsForItAndThenCuts) {
  ASSERT_OK(life_.open(files_));
  set(0);
  ASSERT_OK(life_.live(files_));
  EXPECT_EQ(first_kept(), 1U) << "nothing is archived";
  set(life_.promised / 2);
  ASSERT_OK(life_.live(files_));
  const auto half = first_kept();
  EXPECT_GT(half, 1U);
  const auto archived = life_.writer->archived().value();
  EXPECT_LE(half, archived + 1) << "what is not archived stays";
  expect_recoverable(life_, files_);
}

}  // namespace
}  // namespace factorwal::wal::test
