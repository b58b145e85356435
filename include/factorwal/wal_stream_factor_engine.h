#pragma once
/// \file
/// One instrument's factors, built from operators by hand, with persistence. For many instruments
/// and factor files, use Engine.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/log_progress.h"
#include "factorwal/persister.h"
#include "factorwal/stream_factor_engine.h"
#include "factorwal/tick_result.h"

namespace factorwal {

/// A StreamFactorEngine whose ticks are logged. Owned and called by one thread. The persister is
/// shared; its log holds one tick record per tick (fields and all factor values). One of them an
/// instrument: the log numbers an instrument's ticks, and two would give each number twice.
class FACTORWAL_EXPORT WalStreamFactorEngine {
 public:
  /// `auto_persist`: every tick is sent to the persister; otherwise only snapshots are.
  /// kInvalidArgument when the id is not 1 to 255 bytes of UTF-8; kLocked while another
  /// WalStreamFactorEngine of that instrument lives on the same open log, whatever its persister.
  static Result<WalStreamFactorEngine> make(std::string_view instrument_id,
                                            std::shared_ptr<FactorWalPersister> persister,
                                            bool auto_persist,
                                            TickSchema schema = TickSchema::quotes());
  WalStreamFactorEngine(WalStreamFactorEngine&&) noexcept = default;
  WalStreamFactorEngine& operator=(WalStreamFactorEngine&&) noexcept = default;

  /// As StreamFactorEngine::register_factor: all factors before `recover`, and `recover` before the
  /// first tick.
  Status register_factor(std::string_view factor_id, std::unique_ptr<IncrementalOperator> op,
                         std::span<const std::string> inputs = {});
  Status register_factors(std::span<const std::string> factor_ids,
                          std::unique_ptr<IncrementalOperator> op,
                          std::span<const std::string> inputs = {});
  Status register_factor(std::initializer_list<std::string_view> factor_ids,
                         std::unique_ptr<IncrementalOperator> op,
                         std::span<const std::string> inputs = {});

  /// Brings the operators to where they were at the end of the log: later values are bit for bit
  /// those of an engine that was never stopped. Operators that the log has no state of are fed the
  /// logged ticks. An engine that did not recover began anew: what was logged before it is
  /// forgotten. Fails (kCorruption) when ticks that are needed are damaged, and with kTimeout where
  /// `progress` gave up: recover again before the first tick. Requires: no tick was processed yet.
  Status recover(const TellLogProgress& progress = {});
  /// The same for many engines in one pass over the log. Requires: all on the same WalManager.
  static Status recover(std::span<WalStreamFactorEngine* const> engines,
                        const TellLogProgress& progress = {});

  /// Computes and, with `auto_persist`, logs. The values are in order of `names()` and valid until
  /// the next call. A refused tick (channel full, closed, stopped) leaves the operators as they
  /// were. `tick.instrument` is not looked at.
  TickResult process_tick(const Tick& tick);

  /// Value after the last tick; nothing when there is no such factor or no tick yet.
  [[nodiscard]] std::optional<double> get_factor(std::string_view factor_id) const;
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return engine_.names(); }
  [[nodiscard]] const std::string& instrument_id() const noexcept { return instrument_id_; }

  /// Sends all current values as a snapshot, and the operators' state after it. Returns once both
  /// are accepted.
  Result<Ticket> create_and_persist_snapshot(std::uint64_t checkpoint_id);

 private:
  WalStreamFactorEngine(std::string_view instrument_id,
                        std::shared_ptr<FactorWalPersister> persister, InstrumentHandle instrument,
                        std::shared_ptr<void> claim, bool auto_persist, TickSchema schema);
  [[nodiscard]] LayoutHandle layout();
  Status replay(const LogRecord& record);
  Status replay_state(const LogRecord& record);

  std::string instrument_id_;
  std::shared_ptr<FactorWalPersister> persister_;
  InstrumentHandle instrument_;
  std::shared_ptr<void> claim_;  // of the instrument; given back with the last engine that has it
  bool auto_persist_;
  StreamFactorEngine engine_;
  std::optional<LayoutHandle> layout_;  // of the factors registered so far
  std::uint64_t ordinal_ = 0;
  bool has_replayed_ticks_ = false;  // up to ordinal_; otherwise a state was loaded there
  TimestampNs timestamp_ns_ = kNoTimestamp;
};

}  // namespace factorwal
