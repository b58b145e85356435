#include "base/caught_error.h"
#include "recovery/ring_survey.h"
#include "wal/format/wal_format.h"

namespace factorwal::rings {
namespace {

Error in_use(const Ring& ring) {
  std::string who = ring.pid == 0 ? "" : " by process " + std::to_string(ring.pid);
  return {Errc::kLocked, ring.path + ": in use" + who + "; nothing was removed", 0};
}

/// Null where there is no data directory any more.
Result<std::unique_ptr<FileLock>> lock_directory(FileSystem& files, const std::string& directory) {
  const auto path = join_path(directory, wal::kLockName);
  // A lock makes its file: not in a directory that is no data directory.
  const auto known = files.exists(path);
  if (!known || !*known) return std::unique_ptr<FileLock>();
  return files.lock(path);
}

}  // namespace

Status clear(FileSystem& files, const Ring& ring, const std::vector<std::string>& directories,
             bool given_up) {
  if (ring.verdict == Verdict::kInUse) return in_use(ring);
  std::unique_ptr<FileLock> lock;
  if (!ring.directory.empty()) {
    auto taken = lock_directory(files, ring.directory);
    if (!taken) return taken.error();
    lock = std::move(*taken);
  }
  const auto now = look_again(files, ring, directories, lock ? ring.directory : "");
  if (!now) return now.error();
  if (now->verdict == Verdict::kInUse) return in_use(*now);
  const bool left_over = now->verdict == Verdict::kOrphan || now->verdict == Verdict::kKept;
  if (!left_over && !given_up) {
    return Error{Errc::kInvalidArgument, ring.path + ": " + now->why + "; nothing was removed", 0};
  }
  return files.remove(ring.path);
}

}  // namespace factorwal::rings

namespace factorwal {

std::string_view to_string(RingUse use) noexcept {
  switch (use) {
    case RingUse::kInUse: return "in use";
    case RingUse::kNeeded: return "needed";
    case RingUse::kUnclaimed: return "unclaimed";
    case RingUse::kKept: return "kept";
    case RingUse::kOrphan: return "orphan";
  }
  return "unknown";
}

std::string shared_memory_directory() { return posix_file_system().memory_directory(); }

Result<std::vector<FoundRing>> survey_rings(const std::vector<std::string>& directories) try {
  return rings::survey(posix_file_system(), directories);
} catch (...) {
  return caught_error();
}

Status clear_ring(const FoundRing& ring, const std::vector<std::string>& directories,
                  bool given_up) try {
  return rings::clear(posix_file_system(), ring, directories, given_up);
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
