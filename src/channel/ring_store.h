#pragma once
/// Makes the rings of one open data directory, keeps them on record there, and removes them.

#include <memory>
#include <mutex>

#include "channel/ring_register.h"

namespace factorwal::channel {

struct alignas(64) CacheLine {
  std::array<std::byte, 64> bytes{};
};

/// A new ring's memory. A mapped one outlives the process, until `RingStore::remove`.
struct RingMemory {
  RegisteredRing ring;
  std::span<std::byte> bytes;
  std::unique_ptr<MappedFile> mapped;  ///< null for kHeap
  std::vector<CacheLine> heap;
  /// Why it is not of the kind asked for; empty when it is.
  std::string fallback;
};

/// Thread-safe.
class RingStore {
 public:
  RingStore(FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  /// Requires: no ring made before is on record. `rings` names this open of the directory;
  /// `on_disk`: its file lists the same rings.
  void begin(RingRegister rings, bool on_disk);
  /// The directory is closed in order: without a ring the file goes, too.
  void end();

  /// A ring whose block has `capacity` bytes, a power of two; on record and durable there when this
  /// returns. kShm falls back to kFile. Fails when neither can be had.
  [[nodiscard]] Result<RingMemory> make(ChannelKind kind, std::uint64_t capacity);

  /// Takes rings off the record, then removes their files. Requires: what they hold is in the log.
  [[nodiscard]] Status remove(std::span<const RegisteredRing> rings);

 private:
  [[nodiscard]] Result<RingMemory> make_mapped(ChannelKind kind, std::uint64_t capacity);
  [[nodiscard]] Status expect_own_directory() const;
  [[nodiscard]] Status put_on_record(const RegisteredRing& ring);

  FileSystem& files_;
  const std::string directory_;
  std::mutex mutex_;
  RingRegister register_;  // guarded by mutex_
  bool on_disk_ = true;    // guarded by mutex_
};

}  // namespace factorwal::channel
