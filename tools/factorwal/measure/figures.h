#pragma once
/// What a machine gives, as figures.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "doctor/disk.h"
#include "doctor/judgement.h"
#include "doctor/mount.h"

namespace factorwal::measure {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}
[[nodiscard]] inline double microseconds_since(Clock::time_point begun) {
  return seconds_since(begun) * 1e6;
}

/// Percentiles of measured times, in the unit of the samples.
struct Spread {
  std::uint64_t count = 0;
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};

/// All zeros without samples.
template <class Number>
[[nodiscard]] Spread spread_of(std::vector<Number> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double part) {
    const auto last = static_cast<double>(samples.size() - 1);
    return static_cast<double>(samples[static_cast<std::size_t>(part * last)]);
  };
  return {samples.size(), at(0.5), at(0.99), at(0.999), at(1)};
}

/// Nanoseconds in the width in which millions of samples are kept: at most four seconds.
[[nodiscard]] inline std::uint32_t short_nanoseconds(Clock::duration time) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(ns, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// A write of that size and its fdatasync, into a file that was written before.
struct SyncStep {
  std::uint64_t bytes = 0;
  Spread time_us;
};

/// Updates through a FactorWalPersister.
struct PresetFigures {
  std::string name;
  std::size_t batch_size = 0;
  std::uint64_t max_delay_ms = 0;
  bool power_safe = true;
  double updates_per_second = 0;    ///< as fast as they go, until all are durable; median of rounds
  std::vector<double> round_rates;  ///< the rounds; one round of all presets has one index
  double bytes_per_update = 0;
  double updates_per_commit = 0;
  Spread durable_us;  ///< 16 updates at once on an idle disk: from the first send until durable
};

/// Ticks through a factor set.
struct TickFigures {
  std::size_t factors = 0;
  std::size_t columns = 0;
  std::size_t instruments = 0;
  Spread computed_ns;             ///< without an engine: nothing is logged
  Spread logged_ns;               ///< Engine::process_tick, at half of `durable_per_second`
  double durable_per_second = 0;  ///< as fast as they go, until all are durable
  double bytes_per_tick = 0;
};

/// An open behind `kill -9` that replays all ticks of a log without snapshots.
struct RecoveryFigures {
  std::uint64_t ticks = 0;
  double ms = 0;
};

struct Recommendation {
  std::string preset;
  std::size_t channel_bytes = 0;
  std::vector<std::string> reasons;  ///< a sentence each
};

struct Figures {
  std::string directory;  ///< in which a folder was made: absolute
  doctor::Mount mount;
  doctor::Disk disk;
  doctor::SyncJudgement sync_judgement;
  std::vector<SyncStep> syncs;
  std::vector<PresetFigures> presets;
  TickFigures ticks;
  RecoveryFigures recovery;
  Recommendation recommendation;
  double seconds = 0;                    ///< that all of it took
  std::optional<double> other_programs;  ///< their share of all processors meanwhile, 0 to 1
};

}  // namespace factorwal::measure
