#pragma once
/// A log of three short segments, to be damaged.

#include "wal/log_story.h"

namespace factorwal::wal::test {

inline std::string segment_path(std::uint64_t number) {
  return join_path(kDirectory, segment_name(number));
}

/// Three short segments: two opens, and a rotation in the second.
struct Log3 {
  explicit Log3(bool clean, std::uint64_t seed = 5) : story(files, seed) {
    EXPECT_TRUE(story.open().has_value());
    EXPECT_TRUE(story.commit(8).has_value());
    EXPECT_TRUE(story.close().has_value());
    EXPECT_TRUE(story.open().has_value());
    EXPECT_TRUE(story.commit(6).has_value());
    story.writer().set_replay({{1, 0, 0}, {}});
    EXPECT_TRUE(rotate().has_value());
    EXPECT_TRUE(story.commit(6).has_value());
    EXPECT_TRUE(story.commit(6).has_value());
    if (clean) {
      EXPECT_TRUE(story.close().has_value());
    } else {
      EXPECT_TRUE(story.write(6).has_value());  // carries the frontier of the commits before
      story.drop();
    }
    const auto view = open_log_view(files, kDirectory);
    EXPECT_TRUE(view.has_value());
    for (const auto& segment : view->segments) ends.push_back(segment.end);
    frontier = view->frontier.offset;
  }
  /// Fills the segment with void space: operator state of zeros does not count as a record.
  Status rotate() {
    const auto number = story.writer().segment_number();
    while (story.writer().segment_number() == number) {
      if (auto done = story.commit(1); !done) return done;
      const Bytes state(20000);
      const auto layout = story.names().layouts.intern({{"a"}, {}, ""});
      story.writer().define_instrument({0});
      story.writer().define_layout({layout});
      story.writer().frame().add_operator_state({0}, {layout}, 0, 0, {}, state);
      if (auto done = story.writer().write(); !done) return done;
      if (auto done = story.sync(); !done) return done;
    }
    return {};
  }

  MemoryFileSystem files;
  Story story;
  std::vector<std::uint64_t> ends;
  std::uint64_t frontier = 0;
};

/// It is told as corrupt, and nothing is given that was not written.
inline void expect_detected(const Log3& log, const Reading& reading, const std::string& what) {
  log.story.expect_true(reading);
  if (reading.error) {
    ASSERT_EQ(reading.error->code, Errc::kCorruption) << what << ": " << reading.error->message;
  } else {
    ASSERT_TRUE(reading.corrupt) << what << "\n" << show(reading.findings);
  }
}

/// Each segment missing, put there from another log, and exchanged with each other one.
inline void expect_exchanged_segments_are_told(Log3& log, Log3& other) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto copy = log.files.copy();
    copy->erase(segment_path(i));
    expect_detected(log, read_log(*copy), "missing " + std::to_string(i));
    const auto foreign = log.files.copy();
    foreign->put_file(segment_path(i), other.files.content(segment_path(i)));
    expect_detected(log, read_log(*foreign), "foreign " + std::to_string(i));
    for (std::uint64_t k = 1; k < i; ++k) {
      const auto swapped = log.files.copy();
      swapped->put_file(segment_path(i), log.files.content(segment_path(k)));
      swapped->put_file(segment_path(k), log.files.content(segment_path(i)));
      expect_detected(log, read_log(*swapped), "swapped");
    }
  }
}

}  // namespace factorwal::wal::test
