/// A log that is cut while it is written, read and opened again.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "engine/engine_fixture.h"
#include "factorwal/record_stream.h"
#include "wal/reading/log_view.h"

namespace factorwal::test {
namespace {

constexpr std::size_t kTicks = 12'000;
constexpr std::uint64_t kSeed = 20260104;

class EngineRetention : public EngineTest {};

EngineOptions cutting(std::uint64_t snapshot_every) {
  EngineOptions options;
  options.log.segment_bytes = 64 << 10;
  options.log.keep_bytes = 1;  // as much as the generations allow
  options.snapshot_every = snapshot_every;
  return options;
}

TEST_F(EngineRetention, ChangesNoLaterBitOverManyOpensAndDisturbsNoReader) {
  RecordProperty("seed", std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const auto ticks = make_ticks(kTicks, 5, kSeed);
  auto reference = open("reference");
  const auto expected = feed(*reference, ticks, 0, kTicks);
  ASSERT_TRUE(reference->close());

  const std::string directory = dir_ / "cut";
  open("cut", default_factors(), cutting(300))->close().value();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      auto stream = RecordStream::open(directory);
      ASSERT_TRUE(stream) << stream.error().message;
      LogRecord record;
      Sequence first = 0;
      Sequence last = 0;
      std::uint64_t given = 0;
      while (stream->next(record)) {
        if (record.sequence == 0) continue;
        if (first == 0) first = record.sequence;
        EXPECT_GT(record.sequence, last);
        last = record.sequence;
        ++given;
      }
      EXPECT_TRUE(stream->status()) << stream->status().error().message;
      EXPECT_TRUE(stream->findings().empty()) << stream->findings().front().what;
      if (given > 0 && stream->cut_records() == 0) {
        EXPECT_EQ(given, last - first + 1);
      }
    }
  });
  Bits found;
  for (std::size_t next = 0; next < kTicks;) {
    auto engine = open("cut", default_factors(), cutting(200 + random() % 600));
    if (!engine) break;
    EXPECT_EQ(row_of(engine->recovery()), next);
    const auto end = std::min(kTicks, next + 1 + random() % 3000);
    const auto bits = feed(*engine, ticks, next, end);
    found.insert(found.end(), bits.begin(), bits.end());
    next = end;
    if (random() % 2 == 0) {
      EXPECT_TRUE(engine->close());
    }
  }
  stop = true;
  reader.join();
  EXPECT_TRUE(found == expected);
  const auto view = wal::open_log_view(posix_file_system(), directory);
  ASSERT_TRUE(view);
  EXPECT_GT(view->segments.front().header.first_sequence, kTicks / 4) << "too little was cut";
  EXPECT_TRUE(view->left_over.empty());
}

TEST_F(EngineRetention, KeepsThePositionWhenEveryTickIsCut) {
  const auto ticks = make_ticks(100, 3, kSeed);
  auto first = open("cut", default_factors(), cutting(0));
  (void)feed(*first, ticks, 0, 100);
  ASSERT_TRUE(first->close());
  for (int i = 0; i < 4; ++i) {  // generations without a tick between them
    auto engine = open("cut", default_factors(), cutting(0));
    ASSERT_TRUE(engine);
    EXPECT_EQ(row_of(engine->recovery()), 100U);
    EXPECT_EQ(engine->recovery().instruments, 3U);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const auto view = wal::open_log_view(posix_file_system(), dir_ / "cut");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->segments.front().header.first_sequence, 101U);
}

TEST_F(EngineRetention, OfANegativeAgeIsRefused) {
  auto options = cutting(0);
  options.log.keep_age = std::chrono::hours(-1);
  const auto engine = Engine::open(dir_ / "none", default_factors(), options);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace factorwal::test
