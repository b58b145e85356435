#include "factorwal/wal_stream_factor_engine.h"

#include <algorithm>

#include "base/caught_error.h"
#include "base/check.h"
#include "factorwal/operators/missing.h"
#include "persist/core.h"
#include "persist/thread_leases.h"
#include "recovery/instrument.h"
#include "recovery/pass_progress.h"
#include "wal/reading/corruption.h"

namespace factorwal {
namespace {

/// Null when the instrument is taken; otherwise it is while that lives.
std::shared_ptr<void> claim(const std::shared_ptr<WalManager>& wal, InstrumentHandle instrument) {
  if (!wal->log().stream_instruments.claim(instrument.index)) return nullptr;
  return {wal.get(), [wal, instrument](void*) {
            // A child process may have got the lock taken, by a thread that is not there.
            if (!wal->log().forked()) wal->log().stream_instruments.release(instrument.index);
          }};
}

}  // namespace

WalStreamFactorEngine::WalStreamFactorEngine(std::string_view instrument_id,
                                             std::shared_ptr<FactorWalPersister> persister,
                                             InstrumentHandle instrument,
                                             std::shared_ptr<void> claim, bool auto_persist,
                                             TickSchema schema)
    : instrument_id_(instrument_id),
      persister_(std::move(persister)),
      instrument_(instrument),
      claim_(std::move(claim)),
      auto_persist_(auto_persist),
      engine_(std::move(schema)) {}

Result<WalStreamFactorEngine> WalStreamFactorEngine::make(
    std::string_view instrument_id, std::shared_ptr<FactorWalPersister> persister,
    bool auto_persist, TickSchema schema) try {
  if (!persister) return Error{Errc::kInvalidArgument, "no persister was given", 0};
  const auto instrument = persister->instrument(instrument_id);
  if (!instrument) return instrument.error();
  auto claimed = claim(persister->wal(), *instrument);
  if (!claimed) {
    return Error{Errc::kLocked,
                 std::string(instrument_id) +
                     ": another WalStreamFactorEngine computes this instrument on the same log; "
                     "use that one, or end it first",
                 0};
  }
  return WalStreamFactorEngine(instrument_id, std::move(persister), *instrument, std::move(claimed),
                               auto_persist, std::move(schema));
} catch (...) {
  return caught_error();
}

Status WalStreamFactorEngine::register_factor(std::string_view factor_id,
                                              std::unique_ptr<IncrementalOperator> op,
                                              std::span<const std::string> inputs) {
  layout_.reset();
  return engine_.register_factor(factor_id, std::move(op), inputs);
}

Status WalStreamFactorEngine::register_factors(std::span<const std::string> factor_ids,
                                               std::unique_ptr<IncrementalOperator> op,
                                               std::span<const std::string> inputs) {
  layout_.reset();
  return engine_.register_factors(factor_ids, std::move(op), inputs);
}

Status WalStreamFactorEngine::register_factor(std::initializer_list<std::string_view> factor_ids,
                                              std::unique_ptr<IncrementalOperator> op,
                                              std::span<const std::string> inputs) {
  layout_.reset();
  return engine_.register_factor(factor_ids, std::move(op), inputs);
}

LayoutHandle WalStreamFactorEngine::layout() {
  if (!layout_) {
    // An empty text tells ticks of registered operators from those of a factor set.
    layout_ = persister_->layout({engine_.schema().names(), engine_.names(), {}});
  }
  return *layout_;
}

Status WalStreamFactorEngine::recover(const TellLogProgress& progress) {
  WalStreamFactorEngine* const self[] = {this};
  return recover(self, progress);
}

Status WalStreamFactorEngine::recover(std::span<WalStreamFactorEngine* const> engines,
                                      const TellLogProgress& progress) try {
  if (engines.empty()) return {};
  const auto& directory = engines.front()->persister_->wal()->directory();
  auto view = wal::open_log_view(posix_file_system(), directory);
  if (!view) return view.error();
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), std::move(*view), names);
  recovery::PassProgress told(progress, reader.view());
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found) break;
    if (!told.goes_on(reader)) {
      return Error{Errc::kTimeout, directory + ": the recovery was given up", 0};
    }
    if (record.type != RecordType::kTick && record.type != RecordType::kOperatorState) continue;
    if (!record.layout->factor_text.empty()) continue;
    for (auto* engine : engines) {
      if (engine->instrument_id_ != record.instrument_id) continue;
      if (auto done = engine->replay(record); !done) return done;
    }
  }
  if (const auto* finding = wal::first_corrupt(reader.findings())) {
    return wal::corruption_error(*finding);
  }
  return {};
} catch (...) {
  return caught_error();
}

Status WalStreamFactorEngine::replay(const LogRecord& record) {
  if (record.type == RecordType::kOperatorState) return replay_state(record);
  if (record.layout->fields != engine_.schema().names()) {
    return Error{Errc::kInvalidArgument,
                 instrument_id_ + ": the log's ticks have other fields than this engine's schema",
                 0};
  }
  switch (recovery::place_of(ordinal_, record)) {
    case recovery::Applied::kNext: break;
    case recovery::Applied::kOld: return {};
    case recovery::Applied::kRestart:  // by an engine that did not recover
      engine_.restart();
      timestamp_ns_ = kNoTimestamp;
      break;
    case recovery::Applied::kGap:
      return Error{Errc::kCorruption,
                   instrument_id_ + ": ticks " + std::to_string(ordinal_ + 1) + " to " +
                       std::to_string(record.tick_number.ordinal - 1) + " are missing from the log",
                   0};
  }
  (void)engine_.process_tick({instrument_, record.timestamp_ns, record.fields});
  ordinal_ = record.tick_number.ordinal;
  timestamp_ns_ = std::max(timestamp_ns_, record.timestamp_ns);
  has_replayed_ticks_ = true;
  return {};
}

// Ticks from the first one on are better than the state behind them: they reach every operator.
// Any other state is newer than what this has, also where an engine that began anew had fewer
// ticks.
Status WalStreamFactorEngine::replay_state(const LogRecord& record) {
  if (has_replayed_ticks_ && record.tick_number.ordinal == ordinal_) return {};
  if (auto loaded = engine_.load_state(record.state); !loaded) return loaded.error();
  std::vector<double> values;
  for (const auto& name : engine_.names()) {
    const auto& logged = record.layout->factors;
    const auto column = std::ranges::find(logged, name);
    values.push_back(column == logged.end()
                         ? kMissing
                         : record.values[static_cast<std::size_t>(column - logged.begin())]);
  }
  engine_.restore_values(values);
  ordinal_ = record.tick_number.ordinal;
  timestamp_ns_ = record.timestamp_ns;
  has_replayed_ticks_ = false;
  return {};
}

TickResult WalStreamFactorEngine::process_tick(const Tick& tick) {
  if (tick.values.size() != engine_.schema().size()) return {SendStatus::kMismatch, {}, {}};
  if (persister_->core().refuses(tick.timestamp_ns)) return {SendStatus::kTimestamp, {}, {}};
  if (!auto_persist_) {
    ++ordinal_;
    timestamp_ns_ = std::max(timestamp_ns_, tick.timestamp_ns);
    return {SendStatus::kAccepted, engine_.process_tick(tick), {}};
  }
  const auto handle = layout();
  const persist::Sender sender(persister_->core());
  auto* producer = sender.get();
  if (producer == nullptr) return {sender.status(), {}, {}};
  const auto place =
      producer->reserve_tick(instrument_, handle, tick.values.size() + engine_.names().size(), 0);
  if (place.entry == nullptr) return {place.status, {}, {}};
  const auto values = engine_.process_tick(tick);
  const auto sent = producer->publish_tick(place.entry, instrument_, handle, tick.timestamp_ns,
                                           {ordinal_ + 1}, tick.values, values, {});
  if (!sent.accepted()) return {sent.status, {}, {}};
  ++ordinal_;
  timestamp_ns_ = std::max(timestamp_ns_, tick.timestamp_ns);
  return {SendStatus::kAccepted, values, sent.ticket};
}

std::optional<double> WalStreamFactorEngine::get_factor(std::string_view factor_id) const {
  return engine_.get_factor(factor_id);
}

Result<Ticket> WalStreamFactorEngine::create_and_persist_snapshot(std::uint64_t checkpoint_id) {
  FactorValues values;
  for (const auto& [id, value] : engine_.get_all_factors()) values.emplace(id, value);
  Bytes state;
  if (engine_.has_ticks()) engine_.save_state(state);
  const auto state_bytes = state.size() + values.size() * sizeof(double);
  if (state_bytes > wal::kStateBytesMax) {
    return Error{Errc::kInvalidArgument,
                 instrument_id_ + ": " + std::to_string(state_bytes) +
                     " bytes of operator state; at most " + std::to_string(wal::kStateBytesMax) +
                     " fit a snapshot: use shorter windows",
                 0};
  }
  auto sent = persister_->send_snapshot(instrument_id_, values, checkpoint_id, timestamp_ns_);
  if (!sent) return sent;
  if (ordinal_ == 0 || !engine_.has_ticks()) return sent;
  persist::StateJob job;
  job.after = *sent;
  job.instrument = instrument_;
  job.layout = layout();
  job.timestamp_ns = timestamp_ns_;
  job.ordinal = ordinal_;
  job.values.assign(engine_.values().begin(), engine_.values().end());
  job.bytes = std::move(state);
  persister_->core().submit(std::move(job));
  return sent;
}

}  // namespace factorwal
