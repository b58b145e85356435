#include "factorwal/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fork_guard.h"
#include "persist/core.h"
#include "recovery/certify.h"
#include "recovery/replay.h"

namespace factorwal {
namespace {

using recovery::Instrument;

// Closing writes the operator states when more ticks than this would have to be replayed.
constexpr std::uint64_t kReplayOnOpenMax = 20'000;

// A tick saves at most one instrument's state, and looks at no more than a few to find it, so that
// a snapshot of thousands of instruments holds up no tick.
constexpr std::uint64_t kStatesInFlight = 16;
constexpr std::uint32_t kLookAhead = 8;

/// What the definition of its ticks takes in the channel, at most.
std::size_t layout_bytes(const FactorSet& factors) {
  constexpr std::size_t kPerName = 16;
  std::size_t bytes = factors.canonical_text().size() + 64;
  for (const auto& name : factors.names()) bytes += name.size() + kPerName;
  for (const auto& name : factors.schema().names()) bytes += name.size() + kPerName;
  return bytes;
}

}  // namespace

struct Engine::State {
  State(FactorSet set, const EngineOptions& opts)
      : factors(std::move(set)), options(opts), cache(factors.size(), opts.cache_history) {}

  Instrument& instrument(InstrumentHandle handle);
  void advance_generation(Ticket after);
  void begin_generation(Ticket after);
  /// Saves the next instrument that has ticks; false when none is left, or none was found in a few
  /// steps.
  bool save_next(Ticket after, std::uint32_t steps);
  void save(InstrumentHandle handle, Ticket after);
  void end_generation(Ticket after);
  void finish_generation();
  Status checkpoint_now();
  [[nodiscard]] recovery::ReplaySource source_of(wal::Log& log) const;
  Status recover(wal::Log& log);
  /// What of a tick is logged.
  [[nodiscard]] TickLayout make_layout();
  [[nodiscard]] std::span<const double> logged_fields(std::span<const double> fields);
  void take_over(std::chrono::steady_clock::time_point begun);

  const FactorSet factors;
  const EngineOptions options;
  std::shared_ptr<WalManager> wal;
  std::optional<FactorWalPersister> persister;
  std::shared_ptr<persist::Producer> producer;  // of all ticks, so that their order is one
  LayoutHandle layout;
  FactorCache cache;
  EngineRecovery recovered;
  RecoveryCertificate certificate;
  std::vector<std::uint32_t> logged_columns;  // empty: all
  std::vector<double> logged;
  recovery::Replayed replayed;                           // while opening
  std::vector<std::unique_ptr<Instrument>> instruments;  // by handle
  std::vector<std::byte> position;

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

namespace {

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

void Engine::State::begin_generation(Ticket after) {
  generation_next = 0;
  generation_end = static_cast<std::uint32_t>(instruments.size());
  generation_running = true;
  ticks_since_generation = 0;
  ++generation;
  persist::StateJob job;
  job.kind = persist::StateJob::Kind::kGenerationStart;
  job.after = after;
  persister->core().submit(std::move(job));
}

void Engine::State::save(InstrumentHandle handle, Ticket after) {
  auto& saved = *instruments[handle.index];
  persist::StateJob job;
  job.after = after;
  job.instrument = handle;
  job.layout = layout;
  job.timestamp_ns = saved.timestamp_ns;
  job.ordinal = saved.ordinal;
  job.values = saved.values;
  saved.graph.save(job.bytes);
  persister->core().submit(std::move(job));
}

void Engine::State::end_generation(Ticket after) {
  generation_running = false;
  persist::StateJob job;
  job.kind = persist::StateJob::Kind::kGenerationEnd;
  job.after = after;
  job.generation = generation;
  job.bytes = position;
  persister->core().submit(std::move(job));
}

void Engine::State::advance_generation(Ticket after) {
  ++ticks_since_generation;
  if (!generation_running) {
    if (options.snapshot_every == 0 || ticks_since_generation < options.snapshot_every) return;
    // States wait in memory until they are written: while nothing is, none are made.
    if (persister->core().degraded()) return;
    begin_generation(after);
  }
  // When the disk does not keep up, states wait in the engine, where they take no memory.
  if (persister->core().jobs_waiting() < kStatesInFlight) (void)save_next(after, kLookAhead);
  if (generation_next == generation_end) end_generation(after);
}

bool Engine::State::save_next(Ticket after, std::uint32_t steps) {
  for (; steps > 0 && generation_next < generation_end; --steps) {
    const auto index = generation_next++;
    if (!instruments[index] || instruments[index]->ordinal == 0) continue;
    save({index}, after);
    return true;
  }
  return false;
}

void Engine::State::finish_generation() {
  while (generation_next < generation_end) {
    (void)save_next(last_ticket, std::numeric_limits<std::uint32_t>::max());
  }
  end_generation(last_ticket);
}

Status Engine::State::checkpoint_now() {
  begin_generation(last_ticket);
  finish_generation();
  // Not one wait without end: while storage fails it would not come back.
  for (;;) {
    auto done = persister->flush(std::chrono::seconds(1));
    if (done || done.error().code != Errc::kTimeout) return done;
  }
}

recovery::ReplaySource Engine::State::source_of(wal::Log& log) const {
  return {log.files(), log.directory, log.names};
}

Status Engine::State::recover(wal::Log& log) {
  const auto begun = std::chrono::steady_clock::now();
  auto found = recovery::replay(source_of(log), factors, options.log.on_corruption);
  if (!found) return found.error();
  replayed = std::move(*found);
  log.damage = replayed.corrupt;
  certificate.replay_time = std::chrono::steady_clock::now() - begun;
  return {};
}

TickLayout Engine::State::make_layout() {
  // Never empty: an empty text marks ticks of operators that a user registered by hand.
  TickLayout made{factors.schema().names(), factors.names(), factors.canonical_text() + "\n"};
  if (options.log_inputs == EngineOptions::LogInputs::kAll) return made;
  for (const auto& load : factors.plan()->field_loads()) logged_columns.push_back(load.column);
  std::ranges::sort(logged_columns);
  if (logged_columns.size() == made.fields.size()) {
    logged_columns.clear();
    return made;
  }
  made.fields.clear();
  for (const auto column : logged_columns) made.fields.push_back(factors.schema().names()[column]);
  logged.resize(logged_columns.size());
  return made;
}

std::span<const double> Engine::State::logged_fields(std::span<const double> fields) {
  if (logged_columns.empty()) return fields;
  for (std::size_t i = 0; i < logged.size(); ++i) logged[i] = fields[logged_columns[i]];
  return logged;
}

void Engine::State::take_over(std::chrono::steady_clock::time_point begun) {
  const auto replay_time = certificate.replay_time;
  certificate = recovery::certify(wal->directory(), wal->recovery(), replayed, factors,
                                  options.log.on_corruption);
  instruments = std::move(replayed.instruments);
  position = std::move(replayed.position);
  generation = replayed.snapshots.generation;
  for (std::uint32_t i = 0; i < instruments.size(); ++i) {
    const auto& found = instruments[i];
    if (!found || found->ordinal == 0) continue;
    ++recovered.instruments;
    cache.publish({i}, found->timestamp_ns, found->ordinal, found->values);
  }
  const auto& use = certificate.snapshots;
  recovered.log = wal->recovery();
  recovered.states_loaded = use.from_last + use.from_previous;
  recovered.ticks_replayed = use.ticks_replayed;
  recovered.position = position;
  recovered.duration = std::chrono::steady_clock::now() - begun;
  certificate.replay_time = replay_time;
  certificate.total_time = recovered.duration;
  certificate.look_time = recovered.duration - replay_time - certificate.write_time;
  ticks_since_generation = use.ticks_replayed;
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Engine::~Engine() {
  if (state_->fork_guard.forked()) {
    (void)state_.release();  // its threads are the parent's; everything is left alone
    return;
  }
  (void)close();
}

Result<std::unique_ptr<Engine>> Engine::open(const std::string& directory, FactorSet factors,
                                             EngineOptions options) {
  return open_on(posix_file_system(), directory, std::move(factors), options);
}

Result<std::unique_ptr<Engine>> Engine::open_on(FileSystem& files, const std::string& directory,
                                                FactorSet factors, EngineOptions options) {
  auto state = std::make_unique<State>(std::move(factors), options);
  std::size_t state_bytes = 0;
  for (const auto& node : state->factors.plan()->operators()) {
    constexpr std::size_t kPerNode = sizeof(StateIdentity) + sizeof(std::uint32_t);
    if (node.state_bytes > 0) state_bytes += node.state_bytes + kPerNode;
  }
  if (state_bytes > wal::kStateBytesMax) {
    return Error{Errc::kInvalidArgument,
                 "the factors keep " + std::to_string(state_bytes) + " bytes of state for each " +
                     "instrument; at most " + std::to_string(wal::kStateBytesMax) +
                     " fit a snapshot: use shorter windows",
                 0};
  }
  // Recovery comes first: a log that cannot be replayed is left as it is.
  const auto begun = std::chrono::steady_clock::now();
  wal::Log* opening = nullptr;
  wal::LogFollowers followers;
  followers.recover = [&](wal::Log& log) {
    opening = &log;
    return state->recover(log);
  };
  followers.drained = [&](const LogRecord& record) {
    return recovery::replay_one(state->replayed, state->source_of(*opening), state->factors,
                                record);
  };
  auto wal = WalManager::open_after(files, followers, directory, options.log);
  if (!wal) return wal.error();
  state->wal = std::move(*wal);
  state->take_over(begun);
  state->persister.emplace(state->wal, options.persist);
  state->layout = state->persister->layout(state->make_layout());
  // The layout's definition goes through the channel as well.
  auto producer = state->persister->core().make_producer(
      std::max(options.persist.channel_bytes, 4 * layout_bytes(state->factors)));
  if (!producer) return producer.error();
  state->producer = std::move(*producer);
  state->last_ticket = {state->producer->id(), 0};
  if (state->certificate.decision == RecoveryCase::kGoOnInQuarantine) {
    // So that no later open needs what lies before the damage, and each knows what it hit.
    if (auto done = state->checkpoint_now(); !done) return done.error();
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Result<InstrumentHandle> Engine::instrument(std::string_view id) {
  return state_->persister->instrument(id);
}

std::string_view Engine::instrument_id(InstrumentHandle instrument) const {
  return state_->wal->log().names.instruments.name(instrument.index).value_or("");
}

TickResult Engine::process_tick(const Tick& tick, std::span<const std::byte> position) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return {SendStatus::kForked, {}, {}};
  const Turn turn(s.busy);
  if (!turn.mine()) return {SendStatus::kBusy, {}, {}};
  if (s.closed) return {SendStatus::kClosed, {}, {}};
  if (tick.values.size() != s.factors.schema().size() || !tick.instrument.valid()) {
    return {SendStatus::kMismatch, {}, {}};
  }
  const bool known = tick.instrument.index < s.instruments.size() &&
                     s.instruments[tick.instrument.index] != nullptr;
  if (!known && !s.wal->log().names.instruments.name(tick.instrument.index)) {
    return {SendStatus::kMismatch, {}, {}};
  }
  if (position.size() > kPositionBytesMax) return {SendStatus::kTooLarge, {}, {}};

  const auto logged = s.logged_fields(tick.values);
  // The place in the channel first: a tick that is refused must leave no trace in any operator.
  const auto place = s.producer->reserve_tick(tick.instrument, s.layout,
                                              logged.size() + s.factors.size(), position.size());
  if (place.entry == nullptr) return {place.status, {}, {}};
  auto& instrument = s.instrument(tick.instrument);
  instrument.graph.evaluate(tick.values, instrument.values);
  const auto sent =
      s.producer->publish_tick(place.entry, tick.instrument, s.layout, tick.timestamp_ns,
                               instrument.ordinal + 1, logged, instrument.values, position);
  if (!sent.accepted()) {
    // Only when the persister was shut down behind the engine's back; nothing is sent any more.
    s.closed = true;
    return {sent.status, {}, {}};
  }
  ++instrument.ordinal;
  instrument.timestamp_ns = std::max(instrument.timestamp_ns, tick.timestamp_ns);
  if (!position.empty()) s.position.assign(position.begin(), position.end());
  s.last_ticket = sent.ticket;
  s.cache.publish(tick.instrument, tick.timestamp_ns, instrument.ordinal, instrument.values);
  s.advance_generation(sent.ticket);
  return {SendStatus::kAccepted, instrument.values, sent.ticket};
}

SendResult Engine::advance_time(TimestampNs timestamp_ns) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return {SendStatus::kForked, {}};
  const Turn turn(s.busy);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  if (s.closed) return {SendStatus::kClosed, {}};
  auto sent = s.producer->send_time(timestamp_ns);
  if (sent.accepted()) s.last_ticket = sent.ticket;
  return sent;
}

std::optional<double> Engine::get_factor(InstrumentHandle instrument,
                                         std::string_view factor) const {
  const auto index = state_->factors.find(factor);
  if (!index) return std::nullopt;
  CachedFactors found;
  if (!state_->cache.read(instrument, found)) return std::nullopt;
  return found.values[*index];
}

const FactorSet& Engine::factors() const noexcept { return state_->factors; }
const FactorCache& Engine::cache() const noexcept { return state_->cache; }
FactorCache& Engine::cache() noexcept { return state_->cache; }
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
  if (!index || instrument.index >= s.instruments.size() || !s.instruments[instrument.index]) {
    return std::nullopt;
  }
  FactorQuality found;
  found.quality = s.instruments[instrument.index]->graph.quality(*index, &found.since);
  return found;
}

Status Engine::restart_instrument(InstrumentHandle instrument) {
  auto& s = *state_;
  if (s.fork_guard.forked()) return forked_error();
  const Turn turn(s.busy);
  if (!turn.mine()) return busy_error();
  if (s.closed) return Error{Errc::kClosed, "the engine is closed", 0};
  if (instrument.index >= s.instruments.size() || !s.instruments[instrument.index]) return {};
  s.instruments[instrument.index]->restart();
  return {};
}

Status Engine::wait_durable(Ticket ticket, std::chrono::nanoseconds timeout) {
  return state_->persister->wait_durable(ticket, timeout);
}

Status Engine::flush(std::chrono::nanoseconds timeout) { return state_->persister->flush(timeout); }

Status Engine::checkpoint() {
  auto& s = *state_;
  if (s.fork_guard.forked()) return forked_error();
  const Turn turn(s.busy);
  if (!turn.mine()) return busy_error();
  if (s.closed) return Error{Errc::kClosed, "the engine is closed", 0};
  return s.checkpoint_now();
}

Status Engine::close() {
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
}

}  // namespace factorwal
