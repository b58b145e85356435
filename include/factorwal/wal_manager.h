#pragma once
/// \file
/// The log of one data directory, opened for writing.

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/channel_recovery.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/message.h"
#include "factorwal/options.h"
#include "factorwal/record_stream.h"
#include "factorwal/recovery_certificate.h"
#include "factorwal/result.h"

namespace factorwal {

class FileSystem;  // internal

namespace wal {
class Log;  // internal
}  // namespace wal

/// What opening a log found and did.
struct LogRecovery {
  bool created = false;          ///< there was no log yet
  bool clean = true;             ///< the last writer closed it in order
  Sequence last_sequence = 0;    ///< the last record of the log, drained ones included; durable
  Sequence rewritten_first = 0;  ///< records not known to be durable, written again; 0 if none
  Sequence rewritten_last = 0;
  std::uint64_t epoch = 0;  ///< counts the opens for writing
  /// Torn and undecidable bytes, left in the old segment; in quarantine, corrupt ones too.
  std::vector<Finding> findings;
  std::vector<RingRecovery> rings;  ///< of the channel that the last writer left

  RecoveryCase decision = RecoveryCase::kCreate;
  Sequence written_found = 0;        ///< the last record of the log, before anything was drained
  Sequence durable_found = 0;        ///< the last one that was known to be durable
  std::array<std::byte, 16> boot{};  ///< names this boot of the machine
  std::chrono::nanoseconds write_time{0};  ///< for the new segment, and what was drained into it
};

/// Owns the directory: one writer at a time, in this or any other process. Usually shared with a
/// FactorWalPersister, which then writes to it from its own thread; `append` and
/// `flush_group_commit` are the synchronous way in, and may be mixed with it.
/// Thread-safe. Closes on destruction; `close` tells whether that worked.
class FACTORWAL_EXPORT WalManager {
 public:
  /// Makes the directory if need be, takes its lock, recovers the end of the log: everything that
  /// the log still holds, and what a process that is gone had accepted into its channel, is durable
  /// afterwards. kLocked names the process that owns it;
  /// kCorruption, with nothing changed, when something durable is damaged.
  static Result<std::shared_ptr<WalManager>> open(const std::string& directory,
                                                  LogOptions options = {});
  ~WalManager();
  WalManager(const WalManager&) = delete;
  WalManager& operator=(const WalManager&) = delete;

  /// Puts a message into the frame under construction; it is written with the next
  /// `flush_group_commit`, or when the frame is full. Returns its sequence, which is behind those
  /// of everything that a persister had accepted before the call: that is written first.
  [[nodiscard]] Result<Sequence> append(const FactorWalMessage& message);
  /// One write and one fdatasync. When it returns without error, everything appended is durable.
  /// After a failure every later call returns kPoisoned.
  [[nodiscard]] Status flush_group_commit();
  /// A streaming pass over everything written so far.
  [[nodiscard]] Result<RecordStream> read_all_records() const;
  /// Flushes and marks the directory as closed in order. A persister that is alive is shut down
  /// first: what it had accepted is in the log, its sends return kClosed. Later calls return
  /// kClosed, and so do the sends of a persister that is made then. When it fails, the directory is
  /// given up all the same: from here on another process may have it, and nothing touches it.
  [[nodiscard]] Status close();

  /// Both wait for a commit that is in progress; `FactorWalPersister::marks` does not.
  [[nodiscard]] Sequence written_sequence() const;
  [[nodiscard]] Sequence durable_sequence() const;
  [[nodiscard]] const std::string& directory() const noexcept;
  [[nodiscard]] const LogRecovery& recovery() const noexcept;

  /// Internal: on other files than the operating system's. They outlive the manager.
  static Result<std::shared_ptr<WalManager>> open_on(FileSystem& files,
                                                     const std::string& directory,
                                                     LogOptions options = {});
  /// Internal: takes over a log that an engine has opened.
  explicit WalManager(std::unique_ptr<wal::Log> log);
  /// Internal.
  [[nodiscard]] wal::Log& log() noexcept { return *log_; }

 private:
  std::unique_ptr<wal::Log> log_;
};

}  // namespace factorwal
