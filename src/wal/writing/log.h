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
#include "wal/writing/instrument_claims.h"
#include "wal/writing/open_tag.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::wal {

class Log {
 public:
  Log(FileSystem& files, const std::string& path, std::unique_ptr<FileLock> lock)
      : directory(path), rings(files, path), files_(files), lock_(std::move(lock)) {}
  /// The lock goes last: until then a thread of the writer may be storing a manifest.
  ~Log() { writer.reset(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  NameTable names;
  /// In the handles that are given out.
  const std::uint32_t handle_tag = next_open_tag();
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
  FileSystem& files_;
  const ForkGuard fork_guard_;
  std::unique_ptr<FileLock> lock_;
};

/// Encodes a message into the writer's frame. The log's mutex must be held.
[[nodiscard]] Status add_message(Log& log, const FactorWalMessage& message);

}  // namespace factorwal::wal
