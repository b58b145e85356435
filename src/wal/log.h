#pragma once
/// A directory opened for writing: lock, names, writer, and the mutex that lets `WalManager` and
/// the persister thread share them.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/fork_guard.h"
#include "channel/ring_store.h"
#include "factorwal/wal_manager.h"
#include "wal/instrument_claims.h"
#include "wal/open_tag.h"
#include "wal/recovery_cases.h"
#include "wal/wal_writer.h"

namespace factorwal::wal {

class ChannelDrain;
class Log;

/// How whoever opens a log follows what is in it.
struct LogFollowers {
  /// Called with the lock held and nothing changed yet (the writer is null): when it fails, the
  /// directory stays as it was. The view is null where there is no log. Behind it the log's
  /// names and event times are known as of its end.
  std::function<Status(Log&, const LogView*)> recover;
  /// Called with each tick, time and position that comes into the log from the channel of a process
  /// that is gone, in order.
  std::function<Status(const LogRecord&)> drained;
  /// Called before those with how many records at the end of the log are lost at least.
  std::function<void(std::uint64_t)> lost_at_end;
  /// Called after those with how many more records were accepted and are given up.
  std::function<void(std::uint64_t)> given_up;
};

class Log {
 public:
  static Result<std::unique_ptr<Log>> open(FileSystem& files, const std::string& directory,
                                           LogOptions options, const LogFollowers& followers = {});
  /// The lock goes last: until then a thread of the writer may be storing a manifest.
  ~Log() { writer.reset(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  NameTable names;
  /// In the handles that are given out.
  const std::uint32_t handle_tag = next_open_tag();
  /// Durable damage that `LogFollowers::recover` has met: it counts as that which the open finds.
  std::vector<Finding> damage;
  const std::string directory;
  LogRecovery recovery;

  /// Held while the writer is used.
  std::mutex mutex;
  std::unique_ptr<WalWriter> writer;

  channel::RingStore rings;
  /// Records that persisters which are shut down had accepted since the open.
  std::uint64_t accepted_before = 0;
  /// Writes what a persister has accepted so far; empty without one. The mutex must be held.
  std::function<Status()> write_accepted;
  /// Records of `WalManager::append`, which no persister counts.
  std::atomic<std::uint64_t> appended{0};
  /// A persister is alive. There is one at a time: its stamps are the log's order of acceptance.
  std::atomic<bool> has_persister{false};
  /// Shuts that persister down, so that all it has accepted is in the log; empty without one. Set
  /// and read with the mutex held, called without it.
  std::function<Status()> end_persister;
  /// The lock is given back. The mutex must be held.
  bool closed = false;

  /// By `WalStreamFactorEngine`s.
  InstrumentClaims stream_instruments;

  /// Rings whose records are all in the log. The mutex must be held.
  [[nodiscard]] Status forget(std::span<const channel::RegisteredRing> gone);

  [[nodiscard]] FileSystem& files() noexcept { return files_; }
  /// True in a child process: lock and threads are the parent's.
  [[nodiscard]] bool forked() const noexcept { return fork_guard_.forked(); }
  /// Closes the log and gives the lock back. The mutex must be held. `losses_told`: whoever opened
  /// it has its recovery; otherwise lost rings stay on record, for the next open to tell of.
  [[nodiscard]] Status close(bool losses_told = true);

 private:
  Log(FileSystem& files, const std::string& path)
      : directory(path), rings(files, path), files_(files) {}
  [[nodiscard]] Status open_writer(std::optional<LogView> view, ChannelDrain& channel,
                                   LogOptions options, const LogFollowers& followers);
  /// What the table of recovery cases says; the error when that is a refusal.
  [[nodiscard]] Status decide_on(RecoveryFindings found, const LogView* view,
                                 const ChannelDrain& channel);
  FileSystem& files_;
  const ForkGuard fork_guard_;
  std::unique_ptr<FileLock> lock_;
};

/// Encodes a message into the writer's frame. The log's mutex must be held.
[[nodiscard]] Status add_message(Log& log, const FactorWalMessage& message);

}  // namespace factorwal::wal
