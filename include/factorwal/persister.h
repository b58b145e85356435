#pragma once
/// \file
/// Makes factor values durable without making the caller wait for the disk.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/export.h"
#include "factorwal/message.h"
#include "factorwal/options.h"
#include "factorwal/record.h"
#include "factorwal/result.h"
#include "factorwal/types.h"
#include "factorwal/wal_manager.h"

namespace factorwal {

namespace persist {
class Core;      // internal
class Producer;  // internal
}  // namespace persist

/// The answer of a send on the hot path.
enum class SendStatus : std::uint8_t {
  kAccepted,   ///< the record is in the channel, in its place in the order of acceptance
  kFull,       ///< no space, and the configuration says to refuse; nothing was sent
  kClosed,     ///< after `shutdown`, or the close of the log; nothing was sent
  kStopped,    ///< a write or sync has failed: see `FactorWalPersister::status`; nothing was sent
  kTooLarge,   ///< the record exceeds its limit; nothing was sent
  kBusy,       ///< another thread is inside `process_tick`, or this is a signal handler that has
               ///< interrupted a send of this thread; nothing was done
  kMismatch,   ///< the tick does not fit the schema, or a handle is not of this open (see
               ///< `InstrumentHandle`); nothing was done
  kForked,     ///< in a child process, of an object that its parent made; nothing was done
  kNoChannel,  ///< this thread's ring cannot be made: see `FactorWalPersister::channel_status`
  kTimestamp,  ///< the time looks like seconds, milliseconds or microseconds: see
               ///< `check_timestamp`; nothing was done
};

[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(SendStatus status) noexcept;

/// Why a time is refused with kTimestamp: kInvalidArgument, naming the unit it looks like. A time
/// is refused where an epoch of 1990 to 2099 in seconds, milliseconds or microseconds lies (as
/// nanoseconds: some moments of the first 48 days of 1970), unless
/// `FactorWalConfig::allow_any_timestamp` is set. Others are taken, small and negative ones too.
[[nodiscard]] FACTORWAL_EXPORT Status check_timestamp(TimestampNs timestamp_ns);

struct [[nodiscard]] SendResult {
  SendStatus status = SendStatus::kAccepted;
  Ticket ticket;
  [[nodiscard]] bool accepted() const noexcept { return status == SendStatus::kAccepted; }
  explicit operator bool() const noexcept { return accepted(); }
};

/// How far things are. accepted >= written >= durable >= archived, always.
struct DurabilityMarks {
  Sequence accepted = 0;  ///< the sequence that the last accepted record has or will get
  Sequence written = 0;   ///< with the operating system: survives the process
  Sequence durable = 0;   ///< on the device: survives a power failure
  /// In an archive as well (factorwal/archived.h), as of the last look of the log's writer; 0 where
  /// none is kept.
  Sequence archived = 0;
};

/// What a power failure now would cost.
struct DataAtRisk {
  std::uint64_t records = 0;               ///< accepted, not durable
  std::uint64_t bytes = 0;                 ///< of the channel that they take
  std::chrono::nanoseconds oldest_age{0};  ///< an upper bound of the oldest one's time of waiting
};

/// How storage is doing.
enum class StorageState : std::uint8_t {
  kOk,
  kDegraded,  ///< it fails; what is accepted waits in the channel, and it is tried again
  kStopped,   ///< it has failed; nothing is accepted any more
};

[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(StorageState state) noexcept;

struct StorageHealth {
  StorageState state = StorageState::kOk;
  std::string reason;  ///< what fails now; empty while nothing does
  int errno_value = 0;
  std::chrono::steady_clock::time_point since;  ///< when the state became this
  std::string last_failure;  ///< what failed last; stays when storage works again
};

struct PersisterStats {
  std::uint64_t commits = 0;        ///< writes that were followed by a sync, or would be
  std::uint64_t syncs = 0;          ///< fdatasync calls on the log
  std::uint64_t bytes_written = 0;  ///< to the log
  std::uint64_t waits = 0;          ///< sends that had to wait for space
  std::uint64_t refusals = 0;       ///< sends refused because the channel was full
  std::uint64_t outages = 0;        ///< times that storage began to fail
};

/// Takes records from any number of threads and commits them in groups on a thread of its own.
///
/// Order: the log's sequences follow acceptance. A send that began after another had returned has
/// the higher sequence, in the same thread or another, through whatever face either went (ticks of
/// an Engine, sends by name or handle, positions). Sends at the same moment have either order. So
/// what a power failure takes is always a suffix, and the source position and the last values that
/// a recovery finds are those accepted last of what is left.
/// A log has one persister at a time; a second one is stopped from the start, and says so.
/// Threads: every method may be called from any thread. Each sending thread gets a bounded ring of
/// `channel_bytes`, found or made by its first send. After that, and the first use of an id,
/// sending by handle neither allocates nor locks, and may be done in a signal handler of that
/// thread: kBusy, if it has interrupted a send; kNoChannel, if that was the thread's first. A
/// handler's own send must not be its thread's first: that allocates, which no handler may.
/// Lifetime: the object must outlive its senders. A thread may send until it is gone, also from
/// destructors of its thread_locals, and the main thread from destructors of static objects; such a
/// send borrows a ring for the call. A ring goes to another thread when its own has ended. A thread
/// that lives on after the persister is gone keeps no memory of it. A program that exits without a
/// shutdown, with threads that still send, ends as if it were killed: what was accepted is in the
/// channel. A plugin that links the library must end its persisters before it is unloaded.
/// No call of this library is a cancellation point of `pthread_cancel`, however long it waits: a
/// thread that is cancelled inside one ends behind it, at the next point of its own (a loop of
/// calls alone has none: `pthread_testcancel`). In a child process after `fork` every call fails
/// with kForked. Durability: a send returns when the record is accepted: it survives the process
/// then, with the channel in shared memory (default) or in a file; the next open of the directory
/// brings it into the log. It is durable when `wait_durable` or `flush` says so. `shutdown`, and
/// destruction, write everything that was accepted. Failure: after a failed write or sync,
/// `durable` stays where it is and `health()` says why. With `on_storage_failure` = kStop sends
/// return kStopped; reopening the directory goes on with all that was accepted. With kDegrade sends
/// go on until the channel is full (then they wait or return kFull, as configured), storage is
/// tried again, at first after 50 ms, later every second, and at once on `flush`, `wait_durable`
/// and `shutdown`; when it works, all that was accepted becomes durable. A thread that sends for
/// the first time meanwhile may get kNoChannel.
class FACTORWAL_EXPORT FactorWalPersister {
 public:
  using Clock = std::chrono::steady_clock;

  /// Where the system gives no thread, or the log is closed, it is kStopped from the start, and
  /// `health()` says so.
  /// Requires: `wal` is not null.
  explicit FactorWalPersister(std::shared_ptr<WalManager> wal, FactorWalConfig config = {});
  ~FactorWalPersister();
  FactorWalPersister(const FactorWalPersister&) = delete;
  FactorWalPersister& operator=(const FactorWalPersister&) = delete;

  // ---- By name. Errors: kInvalidArgument (an id that is not 1 to 255 bytes of UTF-8, a record
  // over its limit, a time that `check_timestamp` refuses), kFull, kClosed, kPoisoned.

  Result<Ticket> send_update(std::string_view instrument_id, std::string_view factor_id,
                             double value, TimestampNs source_timestamp);
  Result<Ticket> send_vector_update(std::string_view instrument_id, std::string_view factor_id,
                                    std::span<const double> values, TimestampNs source_timestamp);
  /// Replaces the values of an instrument that were accepted before. Carries the instrument's last
  /// event time: the latest that the log knows, or `last_event_time` if that is later.
  Result<Ticket> send_snapshot(std::string_view instrument_id, const FactorValues& factors,
                               std::uint64_t checkpoint_id,
                               TimestampNs last_event_time = kNoTimestamp);
  Result<Ticket> send(const FactorWalMessage& message);

  // ---- By handle: the hot path.

  /// Valid with every persister and engine of the open WalManager, until it is closed.
  /// kInvalidArgument when the id is not 1 to 255 bytes of UTF-8.
  [[nodiscard]] Result<InstrumentHandle> instrument(std::string_view id);
  [[nodiscard]] Result<FactorHandle> factor(std::string_view id);
  [[nodiscard]] LayoutHandle layout(const TickLayout& layout);

  /// kMismatch for a handle that was not given since the log was opened.
  SendResult send_update(InstrumentHandle instrument, FactorHandle factor, double value,
                         TimestampNs source_timestamp);
  SendResult send_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                std::span<const double> values, TimestampNs source_timestamp);

  /// Tells the log that no tick before `timestamp_ns` will come.
  SendResult send_time(TimestampNs timestamp_ns);
  /// Tells the log how far a source has been read, apart from any tick. At most 64 KiB.
  SendResult send_position(std::span<const std::byte> position);

  // ---- Durability

  [[nodiscard]] DurabilityMarks marks() const;
  [[nodiscard]] DataAtRisk data_at_risk() const;
  /// kTimeout when it is not durable in time, kDegraded when storage fails then; kPoisoned when it
  /// never will be. No call with a timeout, and no look, waits for the disk beyond it.
  [[nodiscard]] Status wait_durable(Ticket ticket, std::chrono::nanoseconds timeout);
  [[nodiscard]] Status wait_durable(Sequence sequence, std::chrono::nanoseconds timeout);
  /// Makes everything durable that was accepted before the call, at once; and what other threads
  /// are about to send just then: it waits for a thread that is stopped in the midst of a send.
  [[nodiscard]] Status flush(std::chrono::nanoseconds timeout);

  /// Ends the persister: everything accepted is written and synced. Sends from now on return
  /// kClosed. Returns what went wrong, if anything did; calling it again repeats that answer.
  /// The WalManager stays open.
  Status shutdown();

  /// kPoisoned when storage has failed and nothing is accepted any more, kDegraded while it fails
  /// and is tried again; with the reason.
  [[nodiscard]] Status status() const;
  [[nodiscard]] StorageHealth health() const;
  /// Why a ring could not be made, or its file not be written, if so; `status()` does not know of
  /// that. With `channel = file` and kDegrade, what is accepted after a failed write of a ring's
  /// file survives a kill only once it is in the log.
  [[nodiscard]] Status channel_status() const;
  /// Not empty when a ring could not be had in shared memory, or was removed from there while in
  /// use, and is a file: why.
  [[nodiscard]] std::string channel_fallback() const;
  /// False with `enable_group_commit = false`: durable lags behind by `sync_interval_ms`.
  [[nodiscard]] bool power_safe() const noexcept;
  [[nodiscard]] PersisterStats stats() const;
  [[nodiscard]] const FactorWalConfig& config() const noexcept;
  [[nodiscard]] const std::shared_ptr<WalManager>& wal() const noexcept;

  /// Internal.
  [[nodiscard]] persist::Core& core() noexcept { return *core_; }

 private:
  std::shared_ptr<WalManager> wal_;
  std::shared_ptr<persist::Core> core_;
};

}  // namespace factorwal
