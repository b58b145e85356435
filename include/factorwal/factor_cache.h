#pragma once
/// \file
/// The latest factor values of every instrument, in memory, for any thread to read.

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/types.h"

namespace factorwal {

/// One instrument's values, all from one tick.
struct CachedFactors {
  InstrumentHandle instrument;
  TimestampNs timestamp_ns = 0;
  std::uint64_t tick_count = 0;  ///< of the instrument
  std::uint64_t update = 0;      ///< number of this change of the cache, from 1
  std::vector<double> values;    ///< in the factor set's order
};

/// Written by the thread that processes ticks, read by any number of others. The writer never
/// waits for a reader. Memory: (5 + factors) * 8 bytes an instrument, and the same for each of
/// `history` changes that `poll` can look back on.
class FACTORWAL_EXPORT FactorCache {
 public:
  /// `handle_tag`: of the handles that it takes and gives.
  FactorCache(std::size_t factor_count, std::size_t history, std::uint32_t handle_tag = 0);
  ~FactorCache();
  FactorCache(const FactorCache&) = delete;
  FactorCache& operator=(const FactorCache&) = delete;

  // ---- Any thread

  /// The latest values; false when the instrument has none, or the handle is of another open.
  /// `out.values` is resized once and then reused.
  [[nodiscard]] bool read(InstrumentHandle instrument, CachedFactors& out) const;
  /// Calls `visit` for every instrument that has values, in order of handles. Each instrument's
  /// values are from one tick; different instruments may be read at different times.
  void for_each(const std::function<void(const CachedFactors&)>& visit) const;
  /// Changes so far.
  [[nodiscard]] std::uint64_t update_count() const noexcept;
  [[nodiscard]] std::size_t factor_count() const noexcept { return factor_count_; }

  struct PollResult {
    std::uint64_t next = 0;    ///< pass it as `since` the next time
    std::uint64_t missed = 0;  ///< changes that were overwritten before they could be read
  };
  /// Gives every change after number `since`, in order.
  PollResult poll(std::uint64_t since,
                  const std::function<void(const CachedFactors&)>& visit) const;

  using Callback = std::function<void(const CachedFactors&)>;
  /// Calls back for every tick, on the thread that processes it, after the tick is accepted.
  /// Returns a number for `unsubscribe`. A callback must not subscribe or unsubscribe; a tick that
  /// it processes itself is refused with kBusy. An exception ends that call only: the tick stays
  /// accepted, the other callbacks are called, this one again for the next tick, and
  /// `callback_failures` tells.
  [[nodiscard]] std::uint64_t subscribe(Callback callback);
  void unsubscribe(std::uint64_t subscription);

  /// Calls of callbacks that ended with an exception.
  struct CallbackFailures {
    std::uint64_t count = 0;
    std::exception_ptr first;        ///< what the first of them threw; null if none did
    std::uint64_t subscription = 0;  ///< whose callback that was
    std::uint64_t update = 0;        ///< for which change of the cache
  };
  [[nodiscard]] CallbackFailures callback_failures() const;

  // ---- The thread that processes ticks

  /// Makes the instrument's place: `publish` then neither allocates nor fails.
  void prepare(InstrumentHandle instrument) { (void)make_cell(instrument); }
  void publish(InstrumentHandle instrument, TimestampNs timestamp_ns, std::uint64_t tick_count,
               std::span<const double> values);

 private:
  using Word = std::atomic<std::uint64_t>;
  struct Cell;
  static constexpr std::size_t kChunkCells = 256;
  // Chunks by number are listed in blocks that never move, each twice as long as the one before.
  static constexpr std::size_t kFirstBlock = 64;
  static constexpr std::size_t kBlocks = 19;  // for every handle that there can be
  struct Place {
    std::size_t block;
    std::size_t at;
  };
  static constexpr Place place(std::size_t chunk) noexcept;

  [[nodiscard]] Cell* cell(InstrumentHandle instrument) const noexcept;
  [[nodiscard]] Cell& make_cell(InstrumentHandle instrument);
  void write(Cell& target, InstrumentHandle instrument, TimestampNs timestamp_ns,
             std::uint64_t tick_count, std::uint64_t update, std::span<const double> values);
  [[nodiscard]] bool read(const Cell& source, CachedFactors& out) const;
  void call_back();
  void note_failure(std::uint64_t subscription) noexcept;

  const std::size_t factor_count_;
  const std::size_t cell_words_;
  const std::size_t history_;
  const std::uint32_t handle_tag_;
  std::array<std::atomic<std::atomic<Word*>*>, kBlocks> blocks_{};
  std::unique_ptr<Word[]> ring_;
  std::atomic<std::uint64_t> updates_{0};
  std::atomic<std::uint32_t> instruments_end_{0};

  std::mutex callbacks_mutex_;
  std::vector<std::pair<std::uint64_t, Callback>> callbacks_;  // guarded by callbacks_mutex_
  std::atomic<std::size_t> callback_count_{0};
  std::uint64_t next_subscription_ = 1;  // guarded by callbacks_mutex_
  CachedFactors scratch_;                // for callbacks
  mutable std::mutex failures_mutex_;
  CallbackFailures failures_;  // guarded by failures_mutex_
};

}  // namespace factorwal
