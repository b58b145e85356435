/// Opening: recovery comes first, and the certificate says what it found.

#include <algorithm>
#include <utility>

#include "base/caught_error.h"
#include "channel/entry.h"
#include "channel/layout_code.h"
#include "engine/engine_state.h"
#include "recovery/certify.h"

namespace factorwal {
namespace {

/// What the definition of its ticks takes in the channel, at most.
std::size_t layout_bytes(const FactorSet& factors) {
  constexpr std::size_t kPerName = 16;
  std::size_t bytes = factors.canonical_text().size() + 64;
  for (const auto& name : factors.names()) bytes += name.size() + kPerName;
  for (const auto& name : factors.schema().names()) bytes += name.size() + kPerName;
  return bytes;
}

/// What one tick takes in the channel, without a source position.
std::size_t tick_bytes(const FactorSet& factors) {
  const auto values = factors.schema().size() + factors.size();
  return sizeof(channel::TickEntry) + values * sizeof(double);
}

/// What the definition of its ticks takes, as it is written.
std::size_t definition_bytes(const FactorSet& factors, EngineOptions::LogInputs log_inputs) {
  TickLayout layout{factors.schema().names(), factors.names(), recovery::logged_text(factors)};
  if (log_inputs == EngineOptions::LogInputs::kUsed) {
    layout.fields.resize(factors.plan()->field_loads().size());  // about as long
  }
  Bytes content;
  channel::put_layout(content, layout);
  return sizeof(channel::DefinitionEntry) + content.size();
}

/// What an open would find out too late: at the first tick, or when a state is written.
Status check_limits(const FactorSet& factors, const EngineOptions& options) {
  static_assert(FactorSet::kStateBytesAtMost == wal::kStateBytesMax);
  if (factors.state_bytes() > wal::kStateBytesMax) {
    return Error{Errc::kInvalidArgument,
                 "the factors keep " + std::to_string(factors.state_bytes()) +
                     " bytes of state for each instrument; at most " +
                     std::to_string(wal::kStateBytesMax) + " fit a snapshot: use shorter windows",
                 0};
  }
  const auto largest = std::max(tick_bytes(factors) + kPositionBytesMax,
                                definition_bytes(factors, options.log_inputs));
  if (largest > wal::kRecordBytesMax) {
    return Error{Errc::kInvalidArgument,
                 std::to_string(factors.schema().size()) + " fields and " +
                     std::to_string(factors.size()) + " factors make records of " +
                     std::to_string(largest) + " bytes; at most " +
                     std::to_string(wal::kRecordBytesMax) +
                     " fit: name fewer, or divide them among several directories",
                 0};
  }
  if (options.cache_history > kCacheHistoryMax) {
    return Error{Errc::kInvalidArgument,
                 "cache_history is " + std::to_string(options.cache_history) + " ticks; at most " +
                     std::to_string(kCacheHistoryMax) + " are kept",
                 0};
  }
  return persist::check_channel_bytes(options.persist.channel_bytes);
}

}  // namespace

Status Engine::State::lease_producer() {
  // Half of it takes the longest record.
  const auto bytes =
      std::max({options.persist.channel_bytes, 4 * layout_bytes(factors), 2 * tick_bytes(factors)});
  auto leased = persister->core().producers().lease_whole(bytes);
  if (!leased) return leased.error();
  if (producer) producer->give_back();
  producer = std::move(*leased);
  return {};
}

TickLayout Engine::State::make_layout() {
  // Never empty: an empty text marks ticks of operators that a user registered by hand.
  TickLayout made{factors.schema().names(), factors.names(), recovery::logged_text(factors)};
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

void Engine::State::take_over(recovery::OpenedLog opened,
                              std::chrono::steady_clock::time_point begun) {
  wal = std::make_shared<WalManager>(std::move(opened.log));
  auto& replayed = opened.replay->result();
  certificate = recovery::certify(wal->directory(), wal->recovery(), replayed, wal->log().names,
                                  factors, options.log.on_corruption);
  instruments = std::move(replayed.instruments);
  position = std::move(replayed.position);
  generation = replayed.snapshots.generation;
  handle_tag = wal->log().handle_tag;
  cache.emplace(factors.size(), options.cache_history, handle_tag);
  for (std::uint32_t i = 0; i < instruments.size(); ++i) {
    const auto& found = instruments[i];
    if (!found || found->ordinal == 0) continue;
    ++recovered.instruments;
    cache->publish({i, handle_tag}, found->timestamp_ns, found->ordinal, found->values);
  }
  const auto& use = certificate.snapshots;
  recovered.log = wal->recovery();
  recovered.states_loaded = use.from_last + use.from_previous;
  recovered.ticks_replayed = use.ticks_replayed;
  recovered.position = position;
  recovered.duration = std::chrono::steady_clock::now() - begun;
  certificate.replay_time = opened.replay_time;
  certificate.total_time = recovered.duration;
  certificate.look_time = recovered.duration - opened.replay_time - certificate.write_time;
  ticks_since_generation = use.ticks_replayed;
}

Result<std::unique_ptr<Engine>> Engine::open(const std::string& directory, FactorSet factors,
                                             EngineOptions options) {
  return open_on(posix_file_system(), directory, std::move(factors), std::move(options));
}

Result<std::unique_ptr<Engine>> Engine::open_on(FileSystem& files, const std::string& directory,
                                                FactorSet factors, EngineOptions options) try {
  // What it refers to may end with this call.
  const auto progress = std::exchange(options.progress, {});
  auto state = std::make_unique<State>(std::move(factors), options);
  if (auto done = check_limits(state->factors, options); !done) return done.error();
  // Recovery comes first: a log that cannot be replayed is left as it is.
  const auto begun = std::chrono::steady_clock::now();
  auto opened = recovery::open_log(files, directory, options.log, &state->factors, progress);
  if (!opened) return opened.error();
  state->take_over(std::move(*opened), begun);
  state->persister.emplace(state->wal, options.persist);
  if (const auto health = state->persister->health(); health.state == StorageState::kStopped) {
    return Error{Errc::kIo, health.reason, health.errno_value};
  }
  state->layout = state->persister->layout(state->make_layout());
  // The layout's definition goes through the channel as well.
  if (auto done = state->lease_producer(); !done) return done.error();
  state->last_ticket = {state->producer->id(), 0};
  if (state->certificate.decision == RecoveryCase::kGoOnInQuarantine) {
    // So that no later open needs what lies before the damage, and each knows what it hit.
    if (auto done = state->checkpoint_now(); !done) return done.error();
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
