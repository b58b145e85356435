#pragma once
/// Ticks of a replay whose values are computed later, one instrument after the other.

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "recovery/instrument.h"

namespace factorwal::recovery {

/// A log has its instruments' ticks as they came, so that each finds its instrument's state in no
/// cache. Here ticks wait, and each instrument gets its own in one go, in their order; threads
/// share the instruments of a full batch while the next one fills. No value depends on either.
///
/// Of an instrument whose ticks wait, ordinal and time are those after the last of them; graph and
/// values are not, and are not to be touched before `run`.
class DeferredTicks {
 public:
  explicit DeferredTicks(const graph::Plan& plan);
  /// What has not run is forgotten.
  ~DeferredTicks();
  DeferredTicks(const DeferredTicks&) = delete;
  DeferredTicks& operator=(const DeferredTicks&) = delete;

  /// Takes the tick that follows the instrument's last one. `fields` has the schema's order. The
  /// instrument stays where it is until its ticks have run.
  void add(InstrumentHandle handle, Instrument& instrument, const LogRecord& tick,
           std::span<const double> fields);
  /// Runs the ticks of one instrument.
  void run(InstrumentHandle handle);
  /// Runs all that wait.
  void run_all();

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Tick {
    Sequence sequence = 0;
    std::uint32_t next = kNone;  // of the same instrument
  };
  struct Queue {
    Instrument* instrument = nullptr;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    bool listed = false;  // in `waiting`
  };
  struct Batch {
    std::vector<Queue> queues;           // by handle
    std::vector<std::uint32_t> waiting;  // handles of queues that have had ticks
    std::vector<Tick> ticks;
    std::vector<double> fields;  // of each tick in turn
    void clear() noexcept;
  };
  void run_some(Batch& batch, std::span<const std::uint32_t> handles) const noexcept;
  void run_queue(Batch& batch, Queue& queue) const noexcept;
  /// Takes parts of the running batch until none is left.
  void work() noexcept;
  void start();
  void finish() noexcept;
  void join() noexcept;

  const std::size_t field_count_;
  const std::size_t ticks_max_;
  const unsigned threads_max_;
  Batch batch_;
  Batch running_;
  std::atomic<std::size_t> next_{0};  // of its waiting queues
  std::vector<std::thread> threads_;
};

}  // namespace factorwal::recovery
