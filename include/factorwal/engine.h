#pragma once
/// \file
/// Start here. An Engine keeps a factor set for any number of instruments, logs every tick and
/// value, and comes back after any crash exactly where it was.
///
///     auto schema  = TickSchema::quotes();
///     auto factors = FactorSet::parse("factor ma5 = ts_mean(close, 5)", schema).value();
///     auto engine  = Engine::open("data", factors).value();
///     auto cu      = engine->instrument("SHFE.cu2501").value();
///     auto result  = engine->process_tick({cu, timestamp_ns, values});
///     engine->close().value();

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/factor_cache.h"
#include "factorwal/factor_set.h"
#include "factorwal/finding.h"
#include "factorwal/log_progress.h"
#include "factorwal/options.h"
#include "factorwal/persister.h"
#include "factorwal/quality.h"
#include "factorwal/recovery_certificate.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "factorwal/tick_result.h"
#include "factorwal/types.h"

namespace factorwal {

class FileSystem;  // internal

/// The longest history of a cache. Ticks.
inline constexpr std::size_t kCacheHistoryMax = std::size_t{1} << 20;

struct EngineOptions {
  FactorWalConfig persist;
  LogOptions log;
  /// Every instrument's operator state is written about every so many ticks of the whole engine,
  /// one instrument a tick, so that recovery replays little. 0: never (recovery replays all).
  std::uint64_t snapshot_every = 200'000;
  /// Which fields of a tick are logged. A factor that is added later can only be computed back from
  /// fields that were.
  enum class LogInputs : std::uint8_t {
    kAll,
    kUsed,  ///< those that some factor reads: a smaller log
  };
  LogInputs log_inputs = LogInputs::kAll;
  /// How many ticks `cache().poll` can look back; at most kCacheHistoryMax.
  std::size_t cache_history = 4096;
  /// Called while `open` replays the log, and not kept; false gives the open up.
  TellLogProgress progress{};
};

/// What `open` found.
struct EngineRecovery {
  LogRecovery log;
  std::uint64_t instruments = 0;     ///< that have ticks
  std::uint64_t states_loaded = 0;   ///< instruments whose state came from a snapshot
  std::uint64_t ticks_replayed = 0;  ///< pushed through the graph
  std::vector<std::byte> position;   ///< of the source, as of the last tick; empty if none
  std::chrono::nanoseconds duration{0};
};

/// A factor of an instrument, now.
struct FactorQuality {
  Quality quality = Quality::kExact;
  Sequence since = 0;  ///< where its doubt began; 0 when exact
};

/// Threads: `process_tick`, `process_ticks`, `advance_time`, `checkpoint` and `close` are for one
/// caller at a time (two at once: the second is told, kBusy or kInvalidArgument, and nothing
/// happens); the rest may be called from any thread. Allocates when an instrument is new, otherwise
/// not per tick. Durability: an accepted tick is durable when `wait_durable` or `flush` says so. A
/// tick that is not accepted leaves all state as it was.
class FACTORWAL_EXPORT Engine {
 public:
  /// Opens or makes the data directory and recovers: afterwards the next values are those of an
  /// engine that was never stopped. A factor that the log has not seen is computed from the logged
  /// ticks. `certificate()` says what was found and done. A relative `directory` is looked up again
  /// whenever a file is made: the program must stay in its working directory.
  /// Errors: kLocked, kCorruption (nothing is changed), kIo, kUnsupportedVersion, kTimeout
  /// (`options.progress` gave up; nothing is changed).
  static Result<std::unique_ptr<Engine>> open(const std::string& directory, FactorSet factors,
                                              EngineOptions options = {});
  /// Internal: on other files than the operating system's. They outlive the engine.
  static Result<std::unique_ptr<Engine>> open_on(FileSystem& files, const std::string& directory,
                                                 FactorSet factors, EngineOptions options = {});
  /// Closes, if `close` was not called.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The handle of an id, which need not be declared before; valid until this engine is closed, and
  /// to be taken again after every open. Any thread. kInvalidArgument when it is not 1 to 255 bytes
  /// of UTF-8.
  [[nodiscard]] Result<InstrumentHandle> instrument(std::string_view id);
  /// Empty for a handle that this engine did not give.
  [[nodiscard]] std::string_view instrument_id(InstrumentHandle instrument) const;

  /// Computes every factor, logs the tick, updates the cache. `position` (at most 64 KiB) is how
  /// far the source has been read, this tick included: it commits with the tick.
  TickResult process_tick(const Tick& tick, std::span<const std::byte> position = {});

  /// The ticks one after another, as `process_tick` takes each: the same values, the same records
  /// in the same order, each tick accepted on its own. With many instruments it is faster, because
  /// the state of the next ones is fetched from memory meanwhile. `values`, if not empty, receives
  /// every tick's factor values in order, `factors().size()` a tick. `positions`, if not empty, has
  /// one a tick. Ends at the first tick that is not accepted; those behind it leave no trace.
  /// kMismatch, and nothing happens, when `values` or `positions` have another length.
  TicksResult process_ticks(std::span<const Tick> ticks, std::span<double> values = {},
                            std::span<const std::span<const std::byte>> positions = {});

  /// Logs that no tick before `timestamp_ns` will come.
  SendResult advance_time(TimestampNs timestamp_ns);

  /// The latest value; NaN while missing; nothing when the factor does not exist, the instrument
  /// has no tick yet, or the handle is of another open. Any thread.
  [[nodiscard]] std::optional<double> get_factor(InstrumentHandle instrument,
                                                 std::string_view factor) const;
  [[nodiscard]] const FactorSet& factors() const noexcept;
  [[nodiscard]] const FactorCache& cache() const noexcept;
  [[nodiscard]] FactorCache& cache() noexcept;

  /// For records beside the ticks (`send_update`, ...), from any thread.
  [[nodiscard]] FactorWalPersister& persister() noexcept;

  [[nodiscard]] DurabilityMarks marks() const;
  [[nodiscard]] Sequence durable_sequence() const;
  [[nodiscard]] DataAtRisk data_at_risk() const;
  [[nodiscard]] Status wait_durable(Ticket ticket, std::chrono::nanoseconds timeout);
  [[nodiscard]] Status flush(std::chrono::nanoseconds timeout);
  /// kPoisoned when storage has failed and ticks are refused, kDegraded while it fails and is tried
  /// again; with the reason.
  [[nodiscard]] Status status() const;
  [[nodiscard]] StorageHealth health() const;

  /// Writes every instrument's operator state now and waits until it is durable. kDegraded when
  /// storage fails meanwhile: it is written once storage works.
  [[nodiscard]] Status checkpoint();
  /// Makes everything durable and marks the directory as closed in order. Ticks are then answered
  /// with kClosed. When storage fails, what was accepted stays in the channel, for the next open.
  [[nodiscard]] Status close();

  [[nodiscard]] const EngineRecovery& recovery() const noexcept;
  /// The same and more, for the records; text and JSON.
  [[nodiscard]] const RecoveryCertificate& certificate() const noexcept;
  /// How good the latest value is; nothing when the factor or the instrument does not exist here. A
  /// hit one becomes exact by itself when its windows are full again. One caller at a
  /// time, as `process_tick`.
  [[nodiscard]] std::optional<FactorQuality> quality(InstrumentHandle instrument,
                                                     std::string_view factor) const;
  /// Forgets everything that the instrument has seen: its next tick is its first. For an instrument
  /// that was hit and whose ticks are fed again from the beginning: it is exact from there on.
  /// kInvalidArgument for a handle that this engine did not give.
  [[nodiscard]] Status restart_instrument(InstrumentHandle instrument);

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
