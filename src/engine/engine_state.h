#pragma once
/// What an Engine holds. Its functions lie by what they are about: engine.cpp (ticks),
/// engine_open.cpp (recovery), engine_snapshots.cpp (operator states on their way to the log).

#include <atomic>
#include <optional>
#include <vector>

#include "base/fork_guard.h"
#include "factorwal/engine.h"
#include "persist/core.h"
#include "recovery/open_log.h"

namespace factorwal {

struct Engine::State {
  State(FactorSet set, const EngineOptions& opts) : factors(std::move(set)), options(opts) {}

  recovery::Instrument& instrument(InstrumentHandle handle);
  [[nodiscard]] bool knows(InstrumentHandle handle) const noexcept {
    return handle.index < instruments.size() && instruments[handle.index] != nullptr;
  }
  [[nodiscard]] SendStatus judge(const Tick& tick, std::span<const std::byte> source_position);
  TickResult process(const Tick& tick, std::span<const std::byte> source_position);
  void fetch_ahead(std::span<const Tick> ticks, std::size_t at) const noexcept;
  void advance_generation(Ticket after);
  void begin_generation(Ticket after);
  /// Saves the next instrument that has ticks; false when none is left, or none was found in a few
  /// steps.
  bool save_next(Ticket after, std::uint32_t steps);
  void save(InstrumentHandle handle, Ticket after);
  void end_generation(Ticket after);
  void finish_generation();
  Status checkpoint_now();
  /// The ring of all ticks; another one when that has lost its file.
  Status lease_producer();
  /// What of a tick is logged.
  [[nodiscard]] TickLayout make_layout();
  [[nodiscard]] std::span<const double> logged_fields(std::span<const double> fields);
  void take_over(recovery::OpenedLog opened, std::chrono::steady_clock::time_point begun);

  const FactorSet factors;
  const EngineOptions options;
  std::shared_ptr<WalManager> wal;
  std::optional<FactorWalPersister> persister;
  std::shared_ptr<persist::Producer> producer;  // of all ticks, so that their order is one
  LayoutHandle layout;
  std::uint32_t handle_tag = 0;      // of the open log
  std::optional<FactorCache> cache;  // of handles with that tag: made when the log is open
  EngineRecovery recovered;
  RecoveryCertificate certificate;
  std::vector<std::uint32_t> logged_columns;  // empty: all
  std::vector<double> logged;
  std::vector<std::unique_ptr<recovery::Instrument>> instruments;  // by handle
  std::vector<std::byte> position;  // of the source, when this was opened

  // Snapshots: instruments from `generation_next` to `generation_end` are still to be written, at
  // most one a tick. Later ones are newer than the generation's start.
  std::uint64_t generation = 0;
  std::uint64_t ticks_since_generation = 0;
  std::uint32_t generation_next = 0;
  std::uint32_t generation_end = 0;
  bool generation_running = false;
  Ticket last_ticket;

  const ForkGuard fork_guard;
  std::atomic<bool> busy{false};
  bool closed = false;
  Status close_status;
};

}  // namespace factorwal
