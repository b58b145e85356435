#include "measure/measure.h"

#include <sys/stat.h>

#include <algorithm>

#include "doctor/place.h"
#include "measure/computed.h"
#include "measure/logged.h"
#include "measure/other_programs.h"
#include "measure/presets.h"
#include "measure/recommend.h"
#include "measure/recovery.h"
#include "measure/scratch.h"
#include "measure/sync_ladder.h"

namespace factorwal::measure {
namespace {

// Shares of the time. The rest is for making ticks, for recovery, for opens and closes.
constexpr double kSyncShare = 0.2;
constexpr double kPresetShare = 0.45;
constexpr double kComputedShare = 0.05;
constexpr double kLoggedShare = 0.2;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
/// Segments that are made ahead, the reserve that a log leaves free, the file that is synced.
constexpr std::uint64_t kBesideLogs = 512 * kMiB;
constexpr std::uint64_t kLogsAtOnce = 3;

/// What each log may take.
std::uint64_t log_bytes(double seconds) {
  return static_cast<std::uint64_t>(std::clamp(seconds * 4, 16.0, 256.0)) * kMiB;
}

/// As many as lie between two snapshots, but few enough that Ctrl-C is answered at once.
std::uint64_t ticks_to_recover(const TickFigures& ticks, double seconds) {
  constexpr double kOpenSeconds = 0.2;
  const auto open_ns = std::min(kOpenSeconds, seconds / 20) * 1e9;
  const auto tick_ns = std::max(ticks.computed_ns.p50, 100.0) * 2;
  return std::clamp(static_cast<std::uint64_t>(open_ns / tick_ns), std::uint64_t{100},
                    EngineOptions{}.snapshot_every);
}

doctor::SyncTimes sync_times(const Spread& time_us) {
  doctor::SyncTimes times;
  times.count = time_us.count;
  times.rate = 1e6 / std::max(time_us.p50, 1.0);
  times.p50_us = time_us.p50;
  times.p99_us = time_us.p99;
  times.max_us = time_us.max;
  return times;
}

Status measure_ticks(const FactorSet& factors, const Scratch& scratch, double seconds,
                     const std::atomic<bool>& stop,
                     const std::function<void(std::string_view)>& tell, Figures& figures) {
  tell("factors");
  const auto ticks = SampleTicks::make(factors.schema());
  if (!ticks) return ticks.error();
  figures.ticks.factors = factors.size();
  figures.ticks.columns = ticks->columns();
  figures.ticks.instruments = SampleTicks::kInstruments;
  const auto computed = measure_computed(factors, *ticks, seconds * kComputedShare, stop);
  if (!computed) return computed.error();
  figures.ticks.computed_ns = *computed;

  tell("ticks");
  const LogBudget budget{seconds * kLoggedShare, log_bytes(seconds)};
  auto done = measure_logged(factors, *ticks, scratch.path("ticks"), budget, stop, figures.ticks);
  if (!done) return done;

  tell("recovery");
  const auto recovery = measure_recovery(factors, *ticks, scratch.path("recovery"),
                                         ticks_to_recover(figures.ticks, seconds), stop);
  if (!recovery) return recovery.error();
  figures.recovery = *recovery;
  return {};
}

}  // namespace

Result<Place> find_place(const std::string& directory) {
  auto parent = scratch_parent(directory);
  if (!parent) return parent.error();
  Place place;
  place.directory = std::move(*parent);
  place.mount = doctor::find_mount(doctor::read_mountinfo(), place.directory);
  struct stat status {};
  if (::stat(place.directory.c_str(), &status) == 0) place.disk = doctor::find_disk(status.st_dev);
  return place;
}

Result<Figures> measure(const Place& place, const FactorSet& factors, double seconds,
                        const std::atomic<bool>& stop,
                        const std::function<void(std::string_view)>& tell) {
  const auto begun = Clock::now();
  const OtherPrograms others;
  const auto bytes = log_bytes(seconds);
  const auto scratch = Scratch::make(place.directory, kLogsAtOnce * bytes + kBesideLogs);
  if (!scratch) return scratch.error();
  Figures figures;
  figures.directory = place.directory;
  figures.mount = place.mount;
  figures.disk = place.disk;

  auto syncs = measure_syncs(scratch->path("sync"), seconds * kSyncShare, stop, tell);
  if (!syncs) return syncs.error();
  figures.syncs = std::move(*syncs);
  figures.sync_judgement =
      doctor::judge_sync(place.mount, place.disk, sync_times(figures.syncs.front().time_us));

  auto presets = measure_presets(scratch->path(), {seconds * kPresetShare, bytes}, stop, tell);
  if (!presets) return presets.error();
  figures.presets = std::move(*presets);

  auto done = measure_ticks(factors, *scratch, seconds, stop, tell, figures);
  if (!done) return done.error();
  figures.recommendation = recommend(figures);
  figures.seconds = seconds_since(begun);
  figures.other_programs = others.share();
  return figures;
}

}  // namespace factorwal::measure
