#pragma once
/// One engine's life in a world that a seed decides: ticks and updates, steps of the persister and
/// of the clock, kills and power failures at any call, in recoveries as well; syncs that fail,
/// disks without space, mounts under other device numbers, rings that somebody removes. Everything
/// runs on one thread, and on others that it waits for. After each crash the recovered log is
/// compared with what was promised.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "factorwal/engine.h"
#include "support/memory_file_system.h"

namespace factorwal::test {

inline constexpr const char* kDirectory = "/data";  ///< of the engine
inline constexpr std::chrono::seconds kLong{60};    ///< simulated: whatever happens has happened

/// The ticks of all runs, and what an engine that nobody disturbed makes of them.
class SimulatedFeed {
 public:
  SimulatedFeed();
  [[nodiscard]] std::size_t size() const { return ticks_.size(); }
  [[nodiscard]] const std::string& instrument(std::size_t i) const { return ticks_[i].instrument; }
  [[nodiscard]] TimestampNs time(std::size_t i) const { return ticks_[i].time; }
  [[nodiscard]] std::span<const double> fields(std::size_t i) const { return ticks_[i].fields; }
  [[nodiscard]] const std::vector<double>& values(std::size_t i) const { return ticks_[i].values; }
  /// The position that goes with a tick: its number, and bytes that fill segments.
  [[nodiscard]] Bytes position(std::size_t i) const;
  /// The source after `ticks` ticks, told apart from any tick for the `n`-th time.
  [[nodiscard]] static Bytes position_between(std::size_t ticks, std::uint64_t n);
  [[nodiscard]] static std::size_t next_of(ByteView position);
  [[nodiscard]] const FactorSet& factors() const { return factors_; }

 private:
  struct Tick {
    std::string instrument;
    TimestampNs time;
    std::vector<double> fields;
    std::vector<double> values;
  };
  FactorSet factors_;
  std::vector<Tick> ticks_;
};

/// What a log of the feed's ticks, and of updates whose values are 1, 2, 3, ..., holds.
struct FoundLog {
  std::string wrong;  ///< what should not be; empty when all is well
  std::size_t ticks = 0;
  std::uint64_t updates = 0;
  std::vector<std::string> records;  ///< in order
  Bytes position;                    ///< the last one in it
};
[[nodiscard]] FoundLog find_log(FileSystem& files, const std::string& directory,
                                const SimulatedFeed& feed);

/// Of all names and bytes.
[[nodiscard]] std::uint64_t hash_of(const MemoryFileSystem& files);

/// What a run has been through.
struct SimulationCounts {
  std::uint64_t kills = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t in_recovery = 0;  ///< of both
  std::uint64_t drained = 0;      ///< records that came from rings
  std::uint64_t ended_threads = 0;
  std::uint64_t rings_removed = 0;  ///< before they were drained
  /// Hashes of all bytes that each power failure, and each kill, left.
  std::unordered_set<std::uint64_t> power_states;
  std::unordered_set<std::uint64_t> kill_states;
};

/// Puts something between the engine and its files; the engine sees what it returns.
using Disguise = std::function<std::unique_ptr<FileSystem>(FileSystem&)>;

class SimulatedRun final : public Simulation {
 public:
  SimulatedRun(const SimulatedFeed& feed, std::uint64_t seed, SimulationCounts& counts,
               Disguise disguise = {});

  /// Until all ticks are in the log. What was found to be wrong; empty when all is well.
  std::string execute();

  std::chrono::steady_clock::time_point now() override { return now_; }
  std::uint64_t random() override { return random_(); }

 private:
  /// Opens, works, and ends in a crash, or in order. An error text, or nothing.
  std::string live();
  std::string work(Engine& engine);
  std::string act(Engine& engine);
  std::string send_tick(Engine& engine);
  /// Of a send that returned. The process is gone if a call has struck meanwhile: then nobody knows
  /// whether it was accepted. Whether it was, for certain.
  bool note_sent(bool accepted, std::string label);
  /// Through the persister's faces, between ticks of the same thread.
  void send_beside(Engine& engine);
  std::string check_log(Engine& engine);
  std::string check_order(const std::vector<std::string>& log, bool power);
  static bool tells_of_loss(const Engine& engine);
  void crash(bool in_recovery);
  void fail_syncs(std::uint64_t within);
  void remove_rings(MemoryFileSystem& files);
  [[nodiscard]] std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  [[nodiscard]] EngineOptions make_options();

  const SimulatedFeed& feed_;
  std::mt19937_64 random_;
  SimulationCounts& counts_;
  const Disguise disguise_;
  EngineOptions options_;
  std::unique_ptr<MemoryFileSystem> files_;
  std::unique_ptr<MemoryFileSystem> gone_;  // of the life that has just ended
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};

  std::size_t ticks_ = 0;          // accepted; after a power failure: found
  std::uint64_t updates_ = 0;      // the same of updates
  std::uint64_t positions_ = 0;    // told apart from ticks
  std::string in_progress_;        // the send in which the process ended
  std::vector<std::string> sent_;  // what was accepted, in order, through whatever face
  Sequence durable_ = 0;           // that a caller was told
  bool lost_power_ = false;        // since the last check
  bool rings_removed_ = false;     // the same
  bool sent_in_life_ = false;      // this thread has its ring
  std::vector<std::string> log_;   // what the last recovery has found, record by record
  bool done_ = false;
};

}  // namespace factorwal::test
