#include "factorwal/persister.h"

#include "base/caught_error.h"
#include "base/fork_guard.h"
#include "persist/core.h"
#include "persist/quick_update.h"
#include "persist/thread_leases.h"

namespace factorwal {

using persist::Producer;
using persist::Sender;

namespace {

Error refusal_error(SendStatus status, const persist::Core& core) {
  switch (status) {
    case SendStatus::kFull: {
      const auto why = core.status();
      return Error{Errc::kFull,
                   why ? "the channel is full and when_full is kRefuse; send again later"
                       : "the channel is full; " + why.error().message,
                   0};
    }
    case SendStatus::kClosed: return Error{Errc::kClosed, "the persister is shut down", 0};
    case SendStatus::kTooLarge:
      return Error{Errc::kInvalidArgument,
                   "the record is too large: it may take half of channel_bytes, and 4 MiB", 0};
    case SendStatus::kStopped: {
      const auto status_now = core.status();
      return Error{Errc::kPoisoned,
                   status_now ? "the persister is stopped" : status_now.error().message,
                   status_now ? 0 : status_now.error().errno_value};
    }
    case SendStatus::kMismatch:
      return Error{Errc::kInvalidArgument,
                   "the tick does not fit the schema of its engine, or a handle is of another open",
                   0};
    case SendStatus::kForked: return forked_error();
    case SendStatus::kNoChannel: {
      const auto why = core.producers().status();
      return why ? Error{Errc::kIo, "the channel could not be made", 0} : why.error();
    }
    case SendStatus::kBusy:
    case SendStatus::kTimestamp:  // told with the time, before anything is sent
    case SendStatus::kAccepted: break;
  }
  return Error{Errc::kInvalidArgument, "another thread is inside the engine", 0};
}

/// Handles of another open, and handmade ones, may mean another instrument here.
bool gave(const persist::Core& core, InstrumentHandle instrument, FactorHandle factor) noexcept {
  return instrument.tag == core.handle_tag() && factor.tag == core.handle_tag();
}

bool has_no_channel(const SendResult& sent) { return sent.status == SendStatus::kNoChannel; }
bool has_no_channel(const Result<SendResult>& sent) { return sent && has_no_channel(*sent); }

/// Sends through the calling thread's producer; once more where its ring has turned out to have no
/// memory left and another one serves. `send` gives a SendResult, or a Result of one.
template <class Send>
auto send_through(persist::Core& core, Send send) -> decltype(send(*Sender(core).get())) {
  for (;;) {
    const Sender sender(core);
    auto* producer = sender.get();
    if (producer == nullptr) return SendResult{sender.status(), {}};
    auto sent = send(*producer);
    if (!has_no_channel(sent) || !producer->condemned()) return sent;
  }
}

/// Whether nothing was in the way of that update.
[[nodiscard, gnu::always_inline]] inline bool quick_update(const persist::Core& core,
                                                           InstrumentHandle instrument,
                                                           FactorHandle factor, double value,
                                                           TimestampNs timestamp,
                                                           SendResult& sent) noexcept {
  if (core.forked() || !gave(core, instrument, factor) || persist::may_be_other_unit(timestamp)) {
    return false;
  }
  auto* producer = persist::producer_at_hand(core);
  return producer != nullptr && producer->quick_update(instrument, factor, value, timestamp, sent);
}

/// Not in line: the registers that it saves are for the quick way not to save.
[[gnu::noinline]] SendResult update_anyhow(persist::Core& core, InstrumentHandle instrument,
                                           FactorHandle factor, double value,
                                           TimestampNs timestamp) {
  return send_through(core, [&](Producer& producer) {
    if (!gave(core, instrument, factor)) return SendResult{SendStatus::kMismatch, {}};
    if (core.refuses(timestamp)) return SendResult{SendStatus::kTimestamp, {}};
    return producer.send_update(instrument, factor, value, timestamp);
  });
}

Error size_error(std::string_view what, std::size_t count, std::size_t most, bool small_channel) {
  std::string message =
      std::to_string(count) + " " + std::string(what) + "; at most " + std::to_string(most) + " ";
  message += small_channel ? "fit half the channel: raise channel_bytes" : "fit a record";
  return Error{Errc::kInvalidArgument, std::move(message), 0};
}

Result<Ticket> to_result(const Result<SendResult>& sent, const persist::Core& core) {
  if (!sent) return sent.error();
  if (sent->accepted()) return sent->ticket;
  return refusal_error(sent->status, core);
}

}  // namespace

std::string_view to_string(SendStatus status) noexcept {
  switch (status) {
    case SendStatus::kAccepted: return "accepted";
    case SendStatus::kFull: return "full";
    case SendStatus::kClosed: return "closed";
    case SendStatus::kStopped: return "stopped";
    case SendStatus::kTooLarge: return "too large";
    case SendStatus::kBusy: return "busy";
    case SendStatus::kMismatch: return "mismatch";
    case SendStatus::kForked: return "forked";
    case SendStatus::kNoChannel: return "no channel";
    case SendStatus::kTimestamp: return "timestamp";
  }
  return "unknown";
}

FactorWalPersister::FactorWalPersister(std::shared_ptr<WalManager> wal, FactorWalConfig config)
    : wal_(std::move(wal)), core_(std::make_shared<persist::Core>(wal_, config)) {
  core_->end_with_log(core_);
}

FactorWalPersister::~FactorWalPersister() {
  // In a child process the threads are not there, and locks may be held for ever: nothing is
  // touched, everything is left to the end of the process.
  if (core_->forked()) {
    // NOLINTBEGIN(bugprone-unhandled-exception-at-new): without memory the child ends, as it may
    new std::shared_ptr(std::move(core_));
    new std::shared_ptr(std::move(wal_));
    // NOLINTEND(bugprone-unhandled-exception-at-new)
    return;
  }
  // While it can still be found: a close of the log at the same time waits for it.
  (void)core_->shutdown();
}

Result<Ticket> FactorWalPersister::send_update(std::string_view instrument_id,
                                               std::string_view factor_id, double value,
                                               TimestampNs source_timestamp) try {
  const auto send = [&](Producer& producer) -> Result<SendResult> {
    if (core_->refuses(source_timestamp)) return check_timestamp(source_timestamp).error();
    const auto instrument = producer.instrument(instrument_id);
    if (!instrument) return instrument.error();
    const auto factor = producer.factor(factor_id);
    if (!factor) return factor.error();
    return producer.send_update(*instrument, *factor, value, source_timestamp);
  };
  return to_result(send_through(*core_, send), *core_);
} catch (...) {
  return caught_error();
}

Result<Ticket> FactorWalPersister::send_vector_update(std::string_view instrument_id,
                                                      std::string_view factor_id,
                                                      std::span<const double> values,
                                                      TimestampNs source_timestamp) try {
  const auto send = [&](Producer& producer) -> Result<SendResult> {
    if (core_->refuses(source_timestamp)) return check_timestamp(source_timestamp).error();
    if (const auto most = producer.vector_length_max(); values.size() > most) {
      return size_error("vector values", values.size(), most, most < kVectorLengthMax);
    }
    const auto instrument = producer.instrument(instrument_id);
    if (!instrument) return instrument.error();
    const auto factor = producer.factor(factor_id);
    if (!factor) return factor.error();
    return producer.send_vector_update(*instrument, *factor, values, source_timestamp);
  };
  return to_result(send_through(*core_, send), *core_);
} catch (...) {
  return caught_error();
}

Result<Ticket> FactorWalPersister::send_snapshot(std::string_view instrument_id,
                                                 const FactorValues& factors,
                                                 std::uint64_t checkpoint_id,
                                                 TimestampNs last_event_time) try {
  const auto send = [&](Producer& producer) -> Result<SendResult> {
    if (core_->refuses(last_event_time)) return check_timestamp(last_event_time).error();
    if (const auto most = producer.snapshot_factors_max(); factors.size() > most) {
      return size_error("snapshot factors", factors.size(), most, most < kSnapshotFactorsMax);
    }
    const auto instrument = producer.instrument(instrument_id);
    if (!instrument) return instrument.error();
    Bytes pairs;
    pairs.reserve(factors.size() * (sizeof(std::uint32_t) + sizeof(double)));
    for (const auto& [id, value] : factors) {
      const auto factor = producer.factor(id);
      if (!factor) return factor.error();
      put(pairs, factor->index);
      put(pairs, value);
    }
    return producer.send_snapshot(*instrument, last_event_time, checkpoint_id, pairs);
  };
  return to_result(send_through(*core_, send), *core_);
} catch (...) {
  return caught_error();
}

Result<Ticket> FactorWalPersister::send(const FactorWalMessage& message) {
  struct Visitor {
    FactorWalPersister& persister;
    Result<Ticket> operator()(const FactorWalMessage::Update& m) const {
      return persister.send_update(m.instrument_id, m.factor_id, m.value, m.source_timestamp);
    }
    Result<Ticket> operator()(const FactorWalMessage::VectorUpdate& m) const {
      return persister.send_vector_update(m.instrument_id, m.factor_id, m.values,
                                          m.source_timestamp);
    }
    Result<Ticket> operator()(const FactorWalMessage::Snapshot& m) const {
      return persister.send_snapshot(m.instrument_id, m.factors, m.checkpoint_id);
    }
  };
  return std::visit(Visitor{*this}, message.content);
}

Result<InstrumentHandle> FactorWalPersister::instrument(std::string_view id) try {
  if (core_->forked()) return forked_error();
  if (auto done = wal::check_id("instrument id", id); !done) return done.error();
  const auto index = core_->log().names.instruments.try_intern(id);
  if (!index) return index.error();
  return InstrumentHandle{*index, core_->handle_tag()};
} catch (...) {
  return caught_error();
}

Result<FactorHandle> FactorWalPersister::factor(std::string_view id) try {
  if (core_->forked()) return forked_error();
  if (auto done = wal::check_id("factor id", id); !done) return done.error();
  const auto index = core_->log().names.factors.try_intern(id);
  if (!index) return index.error();
  return FactorHandle{*index, core_->handle_tag()};
} catch (...) {
  return caught_error();
}

LayoutHandle FactorWalPersister::layout(const TickLayout& layout) {
  if (core_->forked()) return {};
  return LayoutHandle{core_->log().names.layouts.intern(layout)};
}

SendResult FactorWalPersister::send_update(InstrumentHandle instrument, FactorHandle factor,
                                           double value, TimestampNs source_timestamp) {
  SendResult sent;
  if (quick_update(*core_, instrument, factor, value, source_timestamp, sent)) [[likely]] {
    return sent;
  }
  return update_anyhow(*core_, instrument, factor, value, source_timestamp);
}

SendResult FactorWalPersister::send_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                                  std::span<const double> values,
                                                  TimestampNs source_timestamp) {
  return send_through(*core_, [&](Producer& producer) {
    if (!gave(*core_, instrument, factor)) return SendResult{SendStatus::kMismatch, {}};
    if (core_->refuses(source_timestamp)) return SendResult{SendStatus::kTimestamp, {}};
    return producer.send_vector_update(instrument, factor, values, source_timestamp);
  });
}

SendResult FactorWalPersister::send_time(TimestampNs timestamp_ns) {
  return send_through(*core_, [&](Producer& producer) {
    if (core_->refuses(timestamp_ns)) return SendResult{SendStatus::kTimestamp, {}};
    return producer.send_time(timestamp_ns);
  });
}

SendResult FactorWalPersister::send_position(std::span<const std::byte> position) {
  if (position.size() > kPositionBytesMax) return {SendStatus::kTooLarge, {}};
  return send_through(*core_, [&](Producer& producer) { return producer.send_position(position); });
}

DurabilityMarks FactorWalPersister::marks() const {
  return core_->forked() ? DurabilityMarks{} : core_->marks();
}

DataAtRisk FactorWalPersister::data_at_risk() const {
  return core_->forked() ? DataAtRisk{} : core_->data_at_risk();
}

Status FactorWalPersister::wait_durable(Ticket ticket, std::chrono::nanoseconds timeout) {
  if (core_->forked()) return forked_error();
  return core_->wait_durable(ticket, timeout);
}

Status FactorWalPersister::wait_durable(Sequence sequence, std::chrono::nanoseconds timeout) {
  if (core_->forked()) return forked_error();
  return core_->wait_durable(sequence, timeout);
}

Status FactorWalPersister::flush(std::chrono::nanoseconds timeout) {
  if (core_->forked()) return forked_error();
  return core_->flush(timeout);
}

Status FactorWalPersister::shutdown() try {
  if (core_->forked()) return forked_error();
  return core_->shutdown();
} catch (...) {
  return caught_error();
}

Status FactorWalPersister::status() const {
  if (core_->forked()) return forked_error();
  return core_->status();
}

StorageHealth FactorWalPersister::health() const {
  if (core_->forked()) return {StorageState::kStopped, forked_error().message, 0, {}, {}};
  return core_->health();
}

Status FactorWalPersister::channel_status() const {
  if (core_->forked()) return forked_error();
  return core_->producers().status();
}

std::string FactorWalPersister::channel_fallback() const {
  return core_->forked() ? std::string() : core_->producers().fallback();
}

bool FactorWalPersister::power_safe() const noexcept { return core_->config().enable_group_commit; }

PersisterStats FactorWalPersister::stats() const {
  return core_->forked() ? PersisterStats{} : core_->stats();
}

const FactorWalConfig& FactorWalPersister::config() const noexcept { return core_->config(); }

const std::shared_ptr<WalManager>& FactorWalPersister::wal() const noexcept { return wal_; }

}  // namespace factorwal
