#pragma once
/// An engine reduced to what retention sees of it, and what of its log recovery needs.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "support/memory_file_system.h"
#include "wal/log_story.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::wal::test {

inline constexpr std::int64_t kDayNs = std::int64_t{24} * 3600 * 1'000'000'000;
inline constexpr std::int64_t kBegin = std::int64_t{20000} * kDayNs;

/// Everything on the caller's thread, at a time that the test decides.
class TestClock final : public Simulation {
 public:
  std::chrono::steady_clock::time_point now() override { return {}; }
  std::uint64_t random() override { return random_(); }
  std::int64_t wall_clock_ns() override { return wall_ns; }
  std::int64_t wall_ns = kBegin;

 private:
  std::mt19937_64 random_{1};
};

inline constexpr std::uint64_t kSegmentBytes = 8192;
inline constexpr std::size_t kRecordsPerCommit = 56;  // about half a KiB

inline WriterOptions cutting(RetentionLimits limits = {{}, 3 * kSegmentBytes}) {
  WriterOptions options;
  options.segment_bytes = options.first_segment_bytes = kSegmentBytes;
  options.retention = limits;
  return options;
}

/// An engine reduced to what retention sees of it: records, and generations of one state each.
class Life {
 public:
  explicit Life(WriterOptions options = cutting()) : options_(options) {}

  Status open(FileSystem& files) {
    writer.reset();
    names_ = std::make_unique<NameTable>();
    OpenReport report;
    auto opened = open_writer(files, kDirectory, *names_, options_, report);
    if (!opened) return opened.error();
    writer = std::move(*opened);
    promised = std::max(promised, report.last_sequence);
    // As an engine: generations are counted on from the last complete one in the log.
    NameTable names;
    auto view = open_log_view(files, kDirectory, LockOwner::kUs);
    if (!view) return view.error();
    LogReader reader(files, std::move(*view), names);
    LogRecord record;
    for (auto found = reader.next(record); found && *found;) found = reader.next(record);
    generation_ = reader.generation() ? reader.generation()->generation : 0;
    return {};
  }
  Status commit() {
    add_records();
    return finish();
  }
  /// A kill comes before the sync.
  Status write_unsynced() {
    add_records();
    return writer->write();
  }
  /// A state, and when it is in the log the generation's mark.
  Status generation() {
    const auto number = ++generation_;
    const auto start = writer->begin_part();
    if (!start) return start.error();
    const InstrumentHandle instrument{names_->instruments.intern("I")};
    const LayoutHandle layout{names_->layouts.intern({{"x"}, {"f"}, "factor f = x\n"})};
    writer->define_instrument(instrument);
    writer->define_layout(layout);
    writer->frame().add_operator_state(instrument, layout, 0, number, std::vector<double>{1.0}, {});
    if (auto done = commit(); !done) return done;
    const ReplayStarts replay{*start, writer->replay().last};
    writer->frame().add_generation(number, replay, {});
    if (auto done = writer->write(); !done) return done;
    writer->set_replay(replay);
    if (auto done = finish(); !done) return done;
    complete = number;
    return {};
  }
  /// Several segments between generations, several generations, an end without order in between.
  Status live(FileSystem& files) {
    if (auto done = open(files); !done) return done;
    for (int i = 0; i < 6; ++i) {
      for (int k = 0; k < 14; ++k) {
        if (auto done = commit(); !done) return done;
      }
      if (auto done = generation(); !done) return done;
      if (i != 3) continue;
      if (auto done = open(files); !done) return done;
    }
    return writer->close();
  }

  std::unique_ptr<WalWriter> writer;
  Sequence promised = 0;
  std::uint64_t complete = 0;  // the last generation whose mark is durable

 private:
  void add_records() {
    const auto instrument = names_->instruments.intern("I");
    const auto factor = names_->factors.intern("f");
    writer->define_instrument({instrument});
    writer->define_factor({factor});
    for (std::size_t i = 0; i < kRecordsPerCommit; ++i) {
      // All bits matter: such values take their eight bytes, whatever a frame does to save some.
      const auto bits = (sequence_++ * 0x9e3779b97f4a7c15U) >> 4U;
      writer->frame().add_update({instrument}, {factor}, 0, std::bit_cast<double>(bits));
    }
  }
  Status finish() {
    if (auto done = writer->write(); !done) return done;
    if (auto done = writer->sync(); !done) return done;
    promised = writer->durable_sequence();
    writer->cut_old();
    return {};
  }

  const WriterOptions options_;
  std::unique_ptr<NameTable> names_;
  std::uint64_t generation_ = 0;
  std::uint64_t sequence_ = 1;
};

struct Content {
  Sequence first = 0;
  Sequence last = 0;
  std::vector<std::uint64_t> states;  // numbers of generations
  std::optional<GenerationMark> mark;
  std::vector<std::uint64_t> segments;
};

inline Content read_content(FileSystem& files) {
  Content content;
  auto view = open_log_view(files, kDirectory);
  EXPECT_TRUE(view.has_value()) << view.error().message;
  if (!view) return content;
  for (const auto& segment : view->segments) content.segments.push_back(segment.entry.number);
  NameTable names;
  LogReader reader(files, std::move(*view), names);
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    if (!found || !*found) break;
    if (record.type == RecordType::kOperatorState) {
      content.states.push_back(record.tick_number.ordinal);
      continue;
    }
    if (content.first == 0) content.first = record.sequence;
    content.last = record.sequence;
  }
  EXPECT_FALSE(reader.corrupt()) << show(reader.findings());
  EXPECT_FALSE(reader.cut().any());
  content.mark = reader.generation();
  return content;
}

/// What recovery needs is there: everything from the generation before the last one on.
inline void expect_recoverable(const Life& life, FileSystem& files) {
  const auto content = read_content(files);
  if (testing::Test::HasFailure()) return;
  EXPECT_GE(content.last, life.promised);
  if (life.complete == 0) {
    EXPECT_LE(content.first, 1U);
    return;
  }
  ASSERT_TRUE(content.mark.has_value());
  const auto& mark = *content.mark;
  EXPECT_GE(mark.generation, life.complete);
  const auto holds = [](const auto& list, std::uint64_t number) {
    return std::ranges::find(list, number) != list.end();
  };
  EXPECT_TRUE(holds(content.segments, mark.replay.last.segment));
  EXPECT_TRUE(holds(content.states, mark.generation));
  if (mark.generation < 2) return;
  EXPECT_TRUE(holds(content.segments, mark.replay.before.segment));
  EXPECT_TRUE(holds(content.states, mark.generation - 1));
}

}  // namespace factorwal::wal::test
