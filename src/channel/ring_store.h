#pragma once
/// Makes the rings of one open data directory, keeps them on record there, and removes them.

#include <functional>
#include <memory>
#include <mutex>

#include "channel/ring_memory.h"

namespace factorwal::channel {

/// Thread-safe.
class RingStore {
 public:
  RingStore(FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  /// An error once another process has opened the directory since: the list of rings is its own
  /// then.
  using OwnsLog = std::function<Status()>;
  /// Requires: no ring made before is on record. `rings` names this open of the directory;
  /// `on_disk`: its file lists the same rings. `owns_log` is asked before each change.
  void begin(RingRegister rings, bool on_disk, OwnsLog owns_log);
  /// Keeps rings of `begin` on record until the end, so that an open after a kill tells of them
  /// again: nobody knows whether this one came to tell of them.
  void keep_on_record(std::span<const RegisteredRing> lost);
  /// The directory is closed in order: without a ring the file goes, too.
  void end(bool losses_told);
  /// From here on nothing is made, stored, renamed or removed: the lock is about to be given up.
  void close();

  /// `count` rings, or fewer, at least one: blocks of `capacity` bytes, a power of two, of which
  /// `usable` are there from the start. On record and durable there when this returns. kShm falls
  /// back to kFile. Fails when neither can be had.
  [[nodiscard]] Result<std::vector<RingMemory>> make(ChannelKind kind, std::size_t capacity,
                                                     std::size_t usable, std::size_t count = 1);

  /// Renames the files of rings in the data directory that are given up, unread or not fit to be
  /// drained, so that they are kept and pass for rings no more.
  [[nodiscard]] Status set_aside(std::span<const RegisteredRing> rings);

  /// Takes rings off the record, then removes their files. Requires: what they hold is in the log.
  [[nodiscard]] Status remove(std::span<const RegisteredRing> rings);

 private:
  struct Sizes {
    std::size_t capacity = 0;
    std::size_t usable = 0;
  };
  using Made = Result<std::vector<RingMemory>>;
  [[nodiscard]] Made make_of_kind(ChannelKind kind, Sizes sizes, std::size_t count);
  [[nodiscard]] Result<RingMemory> make_one(ChannelKind kind, Sizes sizes);
  /// Before each step that changes names.
  [[nodiscard]] Status expect_own_directory() const;
  [[nodiscard]] Status put_on_record(std::span<const RingMemory> made);

  FileSystem& files_;
  const std::string directory_;
  std::mutex mutex_;
  RingRegister register_;            // guarded by mutex_
  OwnsLog owns_log_;                 // guarded by mutex_
  bool closed_ = false;              // guarded by mutex_
  bool on_disk_ = true;              // guarded by mutex_
  std::vector<std::uint64_t> lost_;  // guarded by mutex_: rings that stay until the end
};

}  // namespace factorwal::channel
