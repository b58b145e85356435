#pragma once
/// A directory opened for writing: lock, names, writer, and the mutex that lets `WalManager` and
/// the persister thread share them.

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "factorwal/wal_manager.h"
#include "wal/wal_writer.h"

namespace factorwal::wal {

class Log {
 public:
  /// `recover` is called with the lock held and nothing changed yet (the writer is null): when it
  /// fails, the directory stays as it was.
  using Recover = std::function<Status(Log&)>;
  static Result<std::unique_ptr<Log>> open(FileSystem& files, const std::string& directory,
                                           LogOptions options, const Recover& recover = {});

  NameTable names;
  const std::string directory;
  LogRecovery recovery;

  /// Held while the writer is used.
  std::mutex mutex;
  std::unique_ptr<WalWriter> writer;

  [[nodiscard]] FileSystem& files() noexcept { return files_; }
  /// Closes the log and gives the lock back. The mutex must be held.
  [[nodiscard]] Status close();

 private:
  Log(FileSystem& files, std::string path) : directory(std::move(path)), files_(files) {}
  FileSystem& files_;
  std::unique_ptr<FileLock> lock_;
};

/// Encodes a message into the writer's frame. The log's mutex must be held.
[[nodiscard]] Status add_message(Log& log, const FactorWalMessage& message);

}  // namespace factorwal::wal
