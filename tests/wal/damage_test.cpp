/// Every byte that the log uses is flipped, every length is cut, pages are zeroed, files are taken
/// away or exchanged. A reader tells it, and never gives a record that was not written.

#include <gtest/gtest.h>

#include <algorithm>

#include "wal/damaged_log.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::wal::test {
namespace {

/// Offsets of a segment: each of the header page and near the ends of frames, and some of the rest
/// (20,000 zeros of a state need not all be tried).
std::vector<std::uint64_t> offsets_of(const Log3& log, std::size_t index) {
  const auto content = log.files.content(segment_path(index + 1));
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t at = kSweepStep == 1 ? 0 : index; at < log.ends[index]; at += kSweepStep) {
    const bool in_zeros = at > kSegmentHeaderBytes && at + 32 < log.ends[index] &&
                          content[at] == std::byte{0} && content[at - 32] == std::byte{0} &&
                          content[at + 32] == std::byte{0};
    if (!in_zeros || at % 97 == 0) offsets.push_back(at);
  }
  return offsets;
}

TEST(DamageInAClosedDirectory, OfAnyByteIsTold) {
  Log3 log(true);
  ASSERT_EQ(log.ends.size(), 3U);
  for (std::size_t index = 0; index < log.ends.size(); ++index) {
    for (const auto offset : offsets_of(log, index)) {
      const auto mask = static_cast<std::uint8_t>(1U << (offset % 8));
      log.files.flip(segment_path(index + 1), offset, mask);
      const auto reading = read_log(log.files);
      expect_detected(log, reading,
                      "segment " + std::to_string(index + 1) + " byte " + std::to_string(offset));
      if (HasFatalFailure()) return;
      log.files.flip(segment_path(index + 1), offset, mask);
    }
  }
  const auto manifest = join_path(kDirectory, kManifestName);
  for (std::uint64_t at = 0; at < log.files.content(manifest).size(); ++at) {
    log.files.flip(manifest, at, 0xff);
    expect_detected(log, read_log(log.files), "manifest byte " + std::to_string(at));
    if (HasFatalFailure()) return;
    log.files.flip(manifest, at, 0xff);
  }
  ASSERT_FALSE(read_log(log.files).corrupt);
}

TEST(DamageInAClosedDirectory, IsToldWithItsSequencesAndLeavesTheRestReadable) {
  Log3 log(true);
  const auto last = log.story.truth().rbegin()->first;
  log.files.flip(segment_path(3), log.ends[2] - kFrameHeaderBytes - 20, 1);  // the last commit
  const auto reading = read_log(log.files);
  ASSERT_EQ(reading.findings.size(), 1U) << show(reading.findings);
  EXPECT_EQ(reading.findings[0].last_sequence, last);
  EXPECT_EQ(reading.findings[0].first_sequence, reading.last + 1);
  EXPECT_GT(reading.last, last - 7);
}

// Failure: one bad byte in a log's first frame cost every record of its segment. Cause: that frame
// alone defined the handles that all the others use. Cure: each definition stands in two frames.
TEST(DamageInAClosedDirectory, OfOneFrameCostsThatFramesRecordsOnly) {
  MemoryFileSystem files;
  Story story(files, 9);
  ASSERT_TRUE(story.open().has_value());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(story.commit(20).has_value());
  ASSERT_TRUE(story.close().has_value());
  const auto view = open_log_view(files, kDirectory).value();
  const auto& segment = view.segments.back();
  auto file = files.open_read(segment.path).value();
  SegmentReader frames(*file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
  std::size_t frames_hit = 0;
  while (frames.next().value() == SegmentReader::Step::kFrame) {
    const auto header = frames.header();
    if (header.record_count == 0) continue;
    ++frames_hit;
    files.flip(segment.path, frames.offset() + kFrameHeaderBytes + 3, 1);
    const auto reading = read_log(files);
    story.expect_true(reading);
    EXPECT_EQ(reading.records.size() + header.record_count, story.truth().size())
        << "frame at " << frames.offset();
    ASSERT_EQ(reading.findings.size(), 1U) << show(reading.findings);
    files.flip(segment.path, frames.offset() + kFrameHeaderBytes + 3, 1);
  }
  EXPECT_EQ(frames_hit, 6U);
}

TEST(DamageInAClosedDirectory, ByTruncationAtAnyLengthIsTold) {
  Log3 log(true);
  for (std::size_t index = 0; index < log.ends.size(); ++index) {
    const auto path = segment_path(index + 1);
    const auto whole = log.files.content(path);
    for (std::uint64_t size = 0; size < whole.size();) {
      log.files.truncate(path, size);
      expect_detected(log, read_log(log.files), path + " cut at " + std::to_string(size));
      if (HasFatalFailure()) return;
      log.files.put_file(path, whole);
      const bool dense = size < 64 || (size > kSegmentHeaderBytes - 8 && size < 4600) ||
                         (size + 300 > log.ends[index] && size < log.ends[index] + 40);
      size += dense ? kSweepStep : 61 * kSweepStep;
    }
  }
  const auto path = join_path(kDirectory, kManifestName);
  const auto whole = log.files.content(path);
  for (std::uint64_t size = 0; size < whole.size(); ++size) {
    log.files.truncate(path, size);
    expect_detected(log, read_log(log.files), "manifest cut at " + std::to_string(size));
  }
}

TEST(DamageInAClosedDirectory, ByZeroedSectorsAndPagesIsTold) {
  Log3 log(true);
  for (std::size_t index = 0; index < log.ends.size(); ++index) {
    const auto path = segment_path(index + 1);
    const auto whole = log.files.content(path);
    for (const std::uint64_t size : {512U, 4096U, 8192U}) {
      for (std::uint64_t at = 0; at < log.ends[index]; at += size) {
        auto hit = whole;
        std::fill_n(hit.begin() + static_cast<std::ptrdiff_t>(at), size, std::byte{0});
        const auto used = std::min<std::uint64_t>(log.ends[index], at + size);
        if (std::equal(hit.begin(), hit.begin() + static_cast<std::ptrdiff_t>(used),
                       whole.begin())) {
          continue;
        }
        log.files.put_file(path, std::move(hit));
        expect_detected(log, read_log(log.files), path + " zeroed at " + std::to_string(at));
        if (HasFatalFailure()) return;
      }
    }
    log.files.put_file(path, whole);
  }
}

TEST(DamageInAClosedDirectory, ByMissingSwappedOrForeignFilesIsTold) {
  Log3 log(true);
  Log3 other(true, 6);
  expect_exchanged_segments_are_told(log, other);
  const auto manifest = join_path(kDirectory, kManifestName);
  const auto foreign = log.files.copy();
  foreign->put_file(manifest, other.files.content(manifest));
  expect_detected(log, read_log(*foreign), "foreign manifest");
  const auto missing = log.files.copy();
  missing->erase(manifest);
  expect_detected(log, read_log(*missing), "no manifest");
}

// Failure: a manifest from a backup hid the segments written since, and the next open wrote over
// them. Cure: segments that the manifest does not name are looked at.
TEST(DamageInAClosedDirectory, ByAnOldManifestOrAnOldSegmentIsTold) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(8));
  const auto early = files.content(segment_path(1));
  ASSERT_OK(story.commit(8));
  ASSERT_OK(story.close());
  const auto manifest = join_path(kDirectory, kManifestName);
  const auto old = files.content(manifest);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(8));
  ASSERT_OK(story.close());
  auto copy = files.copy();
  copy->put_file(manifest, old);
  auto reading = read_log(*copy);
  EXPECT_TRUE(reading.corrupt);
  story.expect_true(reading);
  EXPECT_EQ(story.open(*copy).error().code, Errc::kCorruption);
  copy = files.copy();
  copy->put_file(segment_path(1), early);
  reading = read_log(*copy);
  EXPECT_TRUE(reading.corrupt);
  story.expect_true(reading);
}

TEST(DamageInAClosedDirectory, KeepsAnOpenFromChangingAnything) {
  Log3 log(true);
  for (const std::uint64_t at : {std::uint64_t{9}, kSegmentHeaderBytes + std::uint64_t{60}}) {
    const auto copy = log.files.copy();
    copy->flip(segment_path(3), at, 1);
    const auto changes = copy->changes();
    const auto opened = log.story.open(*copy);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Errc::kCorruption) << opened.error().message;
    if (at < kSegmentHeaderBytes) {
      EXPECT_EQ(copy->changes(), changes);
    }
  }
}

TEST(DamageAfterAKill, BelowTheFrontierIsCorruptAndAboveItTornOrUndecidable) {
  Log3 log(false);
  ASSERT_EQ(log.ends.size(), 3U);
  ASSERT_GT(log.ends[2], log.frontier);
  std::size_t above = 0;
  for (std::size_t index = 0; index < log.ends.size(); ++index) {
    for (const auto offset : offsets_of(log, index)) {
      const auto what = "segment " + std::to_string(index + 1) + " byte " + std::to_string(offset);
      log.files.flip(segment_path(index + 1), offset, 0x20);
      const auto reading = read_log(log.files);
      if (index < 2 || offset < log.frontier) {
        expect_detected(log, reading, what);
      } else {
        ++above;
        ASSERT_FALSE(reading.error.has_value());
        log.story.expect_kept(reading);
        ASSERT_FALSE(reading.corrupt) << what << "\n" << show(reading.findings);
        ASSERT_EQ(reading.findings.size(), 1U) << what;
        ASSERT_NE(reading.findings[0].damage, Damage::kCorrupt);
      }
      if (HasFatalFailure()) return;
      log.files.flip(segment_path(index + 1), offset, 0x20);
    }
  }
  EXPECT_GT(above, 50U / kSweepStep);
}

TEST(DamageAfterAKill, AboveTheFrontierIsLeftBehindByTheNextOpen) {
  Log3 log(false);
  auto written = log.story.truth();
  for (auto offset = log.frontier; offset < log.ends[2]; offset += 5 * kSweepStep) {
    const auto copy = log.files.copy();
    copy->flip(segment_path(3), offset, 0x20);
    Log3& story_of = log;
    EXPECT_EQ(open_log_view(*copy, kDirectory).value().findings.size(), 1U);
    NameTable names;
    OpenReport report;
    auto writer = open_writer(*copy, kDirectory, names, small_segments(), report);
    ASSERT_OK(writer);
    ASSERT_OK((*writer)->close());
    const auto reading = read_log(*copy);
    EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
    story_of.story.expect_true(reading);
    EXPECT_EQ(reading.last, report.last_sequence);
  }
}

TEST(DamageAfterAKill, ByTruncationLosesNothingBelowTheFrontierSilently) {
  Log3 log(false);
  const auto path = segment_path(3);
  const auto whole = log.files.content(path);
  for (std::uint64_t size = 0; size < whole.size(); size += 53 * kSweepStep) {
    log.files.truncate(path, size);
    expect_detected(log, read_log(log.files), "cut at " + std::to_string(size));
    if (HasFatalFailure()) return;
    log.files.put_file(path, whole);
  }
}

// Failure: records of two different writes under one sequence. A frame was lost in a power failure,
// the one behind it was not: void since the next open, whose records got the same sequences. When
// that open's header was damaged later, nobody knew that the old frame was void, and it was read as
// truth. Cure: where the end of a segment is not known, its frames count up to the first gap only.
TEST(DamageAfterAKill, NeverBringsVoidFramesBack) {
  MemoryFileSystem files;
  Story story(files);
  ASSERT_OK(story.open());
  ASSERT_OK(story.commit(5));
  std::uint64_t lost = 0;
  for (int i = 0; i < 4; ++i) {
    const auto before = story.writer().bytes_written();
    ASSERT_OK(story.write(5));
    if (i == 1) lost = kSegmentHeaderBytes + before;
  }
  story.drop();
  files.flip(segment_path(1), lost + 60, 1);
  ASSERT_OK(story.open());
  for (int i = 0; i < 4; ++i) ASSERT_OK(story.commit(5));
  ASSERT_OK(story.close());
  const auto good = read_log(files);
  ASSERT_TRUE(good.findings.empty()) << show(good.findings);
  story.expect_kept(good);
  const auto number = story.writer().segment_number();
  for (std::uint64_t at = 0; at < kSegmentHeaderBytes; at += 31 * kSweepStep) {
    files.flip(segment_path(number), at, 1);
    const auto reading = read_log(files);
    story.expect_true(reading);
    ASSERT_TRUE(reading.corrupt);
    ASSERT_EQ(reading.last, good.last) << "its frames are intact and can be read";
    files.flip(segment_path(number), at, 1);
  }
}

TEST(DamageAfterAKill, OfOnePlaceMovedToAnotherDoesNotPass) {
  Log3 log(false);
  const auto path = segment_path(3);
  const auto content = log.files.content(path);
  const auto length = load<std::uint32_t>(content.data() + kSegmentHeaderBytes + 8);
  auto moved = content;
  const auto end = static_cast<std::ptrdiff_t>(log.ends[2]);
  std::copy_n(content.begin() + kSegmentHeaderBytes, length, moved.begin() + end);
  log.files.put_file(path, moved);
  const auto reading = read_log(log.files);
  log.story.expect_kept(reading);
  ASSERT_EQ(reading.findings.size(), 1U);
  EXPECT_EQ(reading.findings[0].offset, log.ends[2]);
}

}  // namespace
}  // namespace factorwal::wal::test
