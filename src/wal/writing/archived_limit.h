#pragma once
/// How far retention may cut, as an archiver says, for a writer that must not wait for a disk to
/// ask.

#include <atomic>
#include <limits>

#include "wal/format/archived_mark.h"

namespace factorwal::wal {

class ArchivedLimit {
 public:
  /// Reads the mark. One that does not hold, or cannot be read, lets nothing be cut.
  void refresh(FileSystem& files, const std::string& directory, const Identity& own) {
    const auto mark = load_archived_mark(files, directory, own);
    const auto sequence = mark ? mark->value_or(kNoArchive) : Sequence{0};
    sequence_.store(sequence, std::memory_order_relaxed);
  }
  /// Records above it stay; nothing where no archive is kept. Any thread.
  [[nodiscard]] std::optional<Sequence> get() const noexcept {
    const auto sequence = sequence_.load(std::memory_order_relaxed);
    return sequence == kNoArchive ? std::nullopt : std::optional(sequence);
  }

 private:
  static constexpr Sequence kNoArchive = std::numeric_limits<Sequence>::max();
  std::atomic<Sequence> sequence_{kNoArchive};
};

}  // namespace factorwal::wal
