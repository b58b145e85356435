#pragma once
/// Everything that a judgement rests on.

#include <cstdint>
#include <optional>
#include <string>

#include "doctor/disk.h"
#include "doctor/mount.h"
#include "doctor/sync_probe.h"

namespace factorwal::doctor {

struct Space {
  std::uint64_t free_bytes = 0;
  std::uint64_t free_files = 0;  ///< inodes; 0 with `all_files` 0: the file system has no limit
  std::uint64_t all_files = 0;
};

struct SharedMemory {
  bool present = false;  ///< there, and writable
  FileSystemKind kind = FileSystemKind::kMemory;
  std::uint64_t free_bytes = 0;
  bool removed_at_logout = false;  ///< of this user, by systemd-logind
  bool of_container = false;       ///< ends with it, unless it is the host's
};

struct Limits {
  std::optional<std::uint64_t> open_files;  ///< nothing: no limit
  std::optional<std::uint64_t> file_bytes;
};

struct Clock {
  std::int64_t time_ns = 0;          ///< since 1970
  std::optional<bool> synchronized;  ///< with a time server
};

struct Machine {
  std::string directory;  ///< where it was measured: the one named, or its parent
  bool exists = false;    ///< the directory named is there
  Mount mount;
  Disk disk;
  Space space;
  SharedMemory shared_memory;
  Limits limits;
  Clock clock;
  ProbeResult probe;
};

/// Looks at the machine and measures for that long. kTimeout when `stop` was set.
[[nodiscard]] Result<Machine> examine(const std::string& directory, std::chrono::milliseconds time,
                                      const std::atomic<bool>& stop);

}  // namespace factorwal::doctor
