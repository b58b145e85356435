#include "factorwal/engine.h"

#include <algorithm>

#include "base/caught_error.h"
#include "base/floating_point_guard.h"
#include "engine/engine_state.h"

namespace factorwal {
namespace {

using recovery::Instrument;

// Closing writes the operator states when more ticks than this would have to be replayed.
constexpr std::uint64_t kReplayOnOpenMax = 20'000;

/// One caller at a time: the second is told, not serialised, because order would be left to chance.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& busy)
      : busy_(busy), mine_(!busy.exchange(true, std::memory_order_acquire)) {}
  ~Turn() {
    if (mine_) busy_.store(false, std::memory_order_release);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  [[nodiscard]] bool mine() const noexcept { return mine_; }

 private:
  std::atomic<bool>& busy_;
  const bool mine_;
};

Error busy_error() {
  return Error{Errc::kInvalidArgument, "another thread is inside the engine: call one at a time",
               0};
}

}  // namespace

Instrument& Engine::State::instrument(InstrumentHandle handle) {
  if (handle.index >= instruments.size()) instruments.resize(std::size_t{handle.index} + 1);
  auto& found = instruments[handle.index];
  if (!found) {
    found = std::make_unique<Instrument>(factors.plan());
  }
  return *found;
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Engine::~Engine() {
  if (state_->fork_guard.forked()) {
    (void)state_.release();  // its threads are the parent's; everything is left alone
    return;
  }
  (void)close();
}

Result<InstrumentHandle> Engine::instrument(std::string_view id) try {
  return state_->persister->instrument(id);
} catch (...) {
  return caught_error();
}

std::string_view Engine::instrument_id(InstrumentHandle instrument) const {
  if (instrument.tag != state_->handle_tag) return "";
  return state_->wal->log().names.instruments.name(instrument.index).value_or("");
}

/// Whether a tick may be taken at all.
SendStatus Engine::State::judge(const Tick& tick, std::span<const std::byte> source_position) {
  if (tick.values.size() != factors.plan()->field_count() || tick.instrument.tag != handle_tag) {
    return SendStatus::kMismatch;
  }
  if (!knows(tick.instrument) && !wal->log().names.instruments.name(tick.instrument.index)) {
    return SendStatus::kMismatch;
  }
  if (persister->core().refuses(tick.timestamp_ns)) return SendStatus::kTimestamp;
  if (source_position.size() > kPositionBytesMax) return SendStatus::kTooLarge;
  return SendStatus::kAccepted;
}

TickResult Engine::State::process(const Tick& tick, std::span<const std::byte> source_position) {
  if (const auto status = judge(tick, source_position); status != SendStatus::kAccepted) {
    return {status, {}, {}};
  }
  if (producer->condemned() && !lease_producer()) return {SendStatus::kNoChannel, {}, {}};
  const bool known = knows(tick.instrument);
  // What may fail for want of memory comes before the tick is accepted.
  if (!known) cache->prepare(tick.instrument);
  auto& one = instrument(tick.instrument);
  const auto logged_values = logged_fields(tick.values);
  // The place in the channel first: a tick that is refused must leave no trace in any operator.
  const auto place = producer->reserve_tick(
      tick.instrument, layout, logged_values.size() + factors.size(), source_position.size());
  if (place.entry == nullptr) {
    if (!known) instruments[tick.instrument.index].reset();
    return {place.status, {}, {}};
  }
  one.graph.evaluate(tick.values, one.values);
  const auto sent = producer->publish_tick(place.entry, tick.instrument, layout, tick.timestamp_ns,
                                           {one.ordinal + 1, one.graph.counted()}, logged_values,
                                           one.values, source_position);
  if (!sent.accepted()) {
    // The persister was shut down behind the engine's back, or stopped because its channel's file
    // failed: nothing is accepted any more.
    closed = sent.status == SendStatus::kClosed;
    return {sent.status, {}, {}};
  }
  ++one.ordinal;
  one.timestamp_ns = std::max(one.timestamp_ns, tick.timestamp_ns);
  last_ticket = sent.ticket;
  cache->publish(tick.instrument, tick.timestamp_ns, one.ordinal, one.values);
  advance_generation(sent.ticket);
  return {SendStatus::kAccepted, one.values, sent.ticket};
}

TickResult Engine::process_tick(const Tick& tick, std::span<const std::byte> position) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return {SendStatus::kForked, {}, {}};
  const Turn turn(s.busy);
  if (!turn.mine()) return {SendStatus::kBusy, {}, {}};
  if (s.closed) return {SendStatus::kClosed, {}, {}};
  const FloatingPointGuard guard;
  return s.process(tick, position);
}

TicksResult Engine::process_ticks(std::span<const Tick> ticks, std::span<double> values,
                                  std::span<const std::span<const std::byte>> positions) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return {0, SendStatus::kForked, {}};
  const auto count = s.factors.size();
  if ((!values.empty() && values.size() != ticks.size() * count) ||
      (!positions.empty() && positions.size() != ticks.size())) {
    return {0, SendStatus::kMismatch, {}};
  }
  const Turn turn(s.busy);
  if (!turn.mine()) return {0, SendStatus::kBusy, {}};
  if (s.closed) return {0, SendStatus::kClosed, {}};
  const FloatingPointGuard guard;
  TicksResult result;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    if (s.closed) {
      result.status = SendStatus::kClosed;
      return result;
    }
    s.fetch_ahead(ticks, i);
    const auto done =
        s.process(ticks[i], positions.empty() ? std::span<const std::byte>{} : positions[i]);
    if (!done.accepted()) {
      result.status = done.status;
      return result;
    }
    ++result.accepted_count;
    result.ticket = done.ticket;
    if (!values.empty())
      std::ranges::copy(done.values, values.begin() + static_cast<std::ptrdiff_t>(i * count));
  }
  return result;
}

void Engine::State::fetch_ahead(std::span<const Tick> ticks, std::size_t at) const noexcept {
  graph::fetch_ahead([&](std::size_t ahead) -> const graph::InstrumentGraph* {
    if (at + ahead >= ticks.size() || !knows(ticks[at + ahead].instrument)) return nullptr;
    return &instruments[ticks[at + ahead].instrument.index]->graph;
  });
}

SendResult Engine::advance_time(TimestampNs timestamp_ns) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return {SendStatus::kForked, {}};
  const Turn turn(s.busy);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  if (s.closed) return {SendStatus::kClosed, {}};
  if (s.persister->core().refuses(timestamp_ns)) return {SendStatus::kTimestamp, {}};
  auto sent = s.producer->send_time(timestamp_ns);
  if (sent.accepted()) s.last_ticket = sent.ticket;
  return sent;
}

std::optional<double> Engine::get_factor(InstrumentHandle instrument,
                                         std::string_view factor) const {
  const auto index = state_->factors.find(factor);
  if (!index) return std::nullopt;
  CachedFactors found;
  if (!state_->cache->read(instrument, found)) return std::nullopt;
  return found.values[*index];
}

const FactorSet& Engine::factors() const noexcept { return state_->factors; }
const FactorCache& Engine::cache() const noexcept { return *state_->cache; }
FactorCache& Engine::cache() noexcept { return *state_->cache; }
FactorWalPersister& Engine::persister() noexcept { return *state_->persister; }
DurabilityMarks Engine::marks() const { return state_->persister->marks(); }
Sequence Engine::durable_sequence() const { return marks().durable; }
DataAtRisk Engine::data_at_risk() const { return state_->persister->data_at_risk(); }
Status Engine::status() const { return state_->persister->status(); }
StorageHealth Engine::health() const { return state_->persister->health(); }
const EngineRecovery& Engine::recovery() const noexcept { return state_->recovered; }
const RecoveryCertificate& Engine::certificate() const noexcept { return state_->certificate; }

std::optional<FactorQuality> Engine::quality(InstrumentHandle instrument,
                                             std::string_view factor) const {
  const auto& s = *state_;
  const auto index = s.factors.find(factor);
  if (!index || instrument.tag != s.handle_tag || instrument.index >= s.instruments.size() ||
      !s.instruments[instrument.index]) {
    return std::nullopt;
  }
  FactorQuality found;
  found.quality = s.instruments[instrument.index]->graph.quality(*index, &found.since);
  return found;
}

Status Engine::restart_instrument(InstrumentHandle instrument) try {
  auto& s = *state_;
  if (s.fork_guard.forked()) return forked_error();
  const Turn turn(s.busy);
  if (!turn.mine()) return busy_error();
  if (s.closed) return Error{Errc::kClosed, "the engine is closed", 0};
  if (instrument_id(instrument).empty()) {
    return Error{Errc::kInvalidArgument,
                 "the handle is not of this engine: take it again after every open", 0};
  }
  if (instrument.index >= s.instruments.size() || !s.instruments[instrument.index]) return {};
  s.instruments[instrument.index]->restart();
  return {};
} catch (...) {
  return caught_error();
}

Status Engine::wait_durable(Ticket ticket, std::chrono::nanoseconds timeout) {
  return state_->persister->wait_durable(ticket, timeout);
}

Status Engine::flush(std::chrono::nanoseconds timeout) { return state_->persister->flush(timeout); }

Status Engine::checkpoint() try {
  auto& s = *state_;
  if (s.fork_guard.forked()) return forked_error();
  const Turn turn(s.busy);
  if (!turn.mine()) return busy_error();
  if (s.closed) return Error{Errc::kClosed, "the engine is closed", 0};
  return s.checkpoint_now();
} catch (...) {
  return caught_error();
}

Status Engine::close() try {
  auto& s = *state_;
  if (s.fork_guard.forked()) return forked_error();
  const Turn turn(s.busy);
  if (!turn.mine()) return busy_error();
  if (s.closed) return s.close_status;
  s.closed = true;
  if (s.persister->status()) {
    // So that the next open replays little: what was begun is finished, what is due is written.
    if (s.generation_running) {
      s.finish_generation();
    } else if (s.ticks_since_generation > kReplayOnOpenMax) {
      s.begin_generation(s.last_ticket);
      s.finish_generation();
    }
  }
  if (auto done = s.persister->shutdown(); !done) s.close_status = done;
  if (auto done = s.wal->close(); !done && s.close_status) s.close_status = done;
  return s.close_status;
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
