// A wall clock that jumps: set by a person, by a network, by a virtual machine that was asleep. The
// library asks it once for each segment, whose header says when it was made, and for nothing else:
// event times come with the ticks, and waiting is measured by the monotonic clock. This program has
// its own `clock_gettime` in front of the system's, with a wall clock that is somewhere else at
// each look.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/engine_fixture.h"
#include "support/history.h"
#include "wal/reading/log_view.h"

namespace {

constexpr long kYear = 31'556'952;

std::atomic<std::uint64_t> wall_looks{0};
std::atomic<std::uint64_t> monotonic_looks{0};

time_t jump() {
  const auto look = wall_looks.fetch_add(1);
  return static_cast<time_t>((look % 2 == 0 ? 60 : 10) * kYear + static_cast<long>(look % 7));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    *time = {jump(), 0};
    return 0;
  }
  monotonic_looks.fetch_add(1);
  return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
}
int gettimeofday(timeval* time, void*) noexcept {
  *time = {jump(), 0};
  return 0;
}
time_t time(time_t* at) noexcept {
  const auto now = jump();
  if (at != nullptr) *at = now;
  return now;
}

}  // extern "C"

namespace factorwal::test {
namespace {

using std::chrono::milliseconds;

TEST(WallClock, ThatJumpsDatesSegmentsAndChangesNothingElse) {
  using std::chrono::system_clock;
  const auto one = system_clock::now();
  const auto other = system_clock::now();
  ASSERT_GT(one - other, std::chrono::hours(24 * 365)) << "it does jump, and is this one";

  const TempDir dir;
  const auto ticks = make_ticks(4000, 5, 11);
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{64} << 10;  // rotations
  options.snapshot_every = 500;
  options.persist.adaptive = false;  // commits by the clock
  options.persist.max_delay_ms = 2;
  Bits values;
  const auto looks = wall_looks.load();
  const auto monotonic = monotonic_looks.load();
  for (std::size_t from = 0; from < ticks.size(); from += 1000) {
    auto engine = Engine::open(dir / "data", default_factors(), options).value();
    const auto more = feed(*engine, ticks, from, from + 999);
    values.insert(values.end(), more.begin(), more.end());
    ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
    const auto last = feed(*engine, ticks, from + 999, from + 1000);
    values.insert(values.end(), last.begin(), last.end());
    // Nobody asks for it: max_delay_ms does.
    while (engine->marks().durable < from + 1000) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_LT(engine->data_at_risk().oldest_age, std::chrono::hours(1));
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const auto asked = wall_looks.load() - looks;
  const auto segments = wal::open_log_view(posix_file_system(), dir / "data").value().segments;
  // Each says by it when it was made; a close drops one that got nothing.
  EXPECT_GE(asked, segments.size());
  EXPECT_LE(asked, segments.size() + ticks.size() / 1000);
  EXPECT_GT(monotonic_looks.load(), monotonic);

  auto whole = Engine::open(dir / "whole", default_factors()).value();
  EXPECT_TRUE(feed(*whole, ticks, 0, ticks.size()) == values);
  ASSERT_TRUE(whole->close());
  EXPECT_TRUE(read_history(dir / "data").bytes == read_history(dir / "whole").bytes);
}

}  // namespace
}  // namespace factorwal::test
