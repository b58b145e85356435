#pragma once
/// Makes segments before they are needed: allocated, written with zeros, synced, renamed into
/// place. Overwriting such a file costs one device flush a commit; growing a file costs a journal
/// commit as well.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/file.h"
#include "wal/manifest.h"

namespace factorwal::wal {

/// A file ready to become a segment.
struct PreparedSegment {
  ManifestSegment entry;
  std::unique_ptr<File> file;
};

/// Makes the file under a temporary name, written with zeros, not synced.
[[nodiscard]] Result<PreparedSegment> allocate_segment(FileSystem& files,
                                                       const std::string& directory,
                                                       std::uint64_t number,
                                                       std::uint64_t allocated_bytes);
/// Gives an allocated and synced file its name.
[[nodiscard]] Status place_segment(FileSystem& files, const std::string& directory,
                                   std::uint64_t number);
/// Makes one in the calling thread, synced and placed. It is not in the manifest yet.
[[nodiscard]] Result<PreparedSegment> prepare_segment(FileSystem& files,
                                                      const std::string& directory,
                                                      std::uint64_t number,
                                                      std::uint64_t allocated_bytes);

/// Makes the next one on a thread of its own. Called by one thread.
class SegmentPreparer {
 public:
  SegmentPreparer(FileSystem& files, std::string directory);
  ~SegmentPreparer();
  SegmentPreparer(const SegmentPreparer&) = delete;
  SegmentPreparer& operator=(const SegmentPreparer&) = delete;

  /// Starts making the segment of that number and names it in `manifest` on disk. One at a time.
  void start(std::uint64_t number, std::uint64_t allocated_bytes, Manifest manifest);
  struct Made {
    Result<PreparedSegment> segment;
    /// The file failed, not the manifest: nothing in use is in doubt, another try may work.
    bool may_retry = false;
  };
  /// Waits for it. kNotFound when none was started.
  [[nodiscard]] Made take();

 private:
  struct Job {
    std::uint64_t number;
    std::uint64_t allocated_bytes;
    Manifest manifest;
  };
  void run();
  [[nodiscard]] Made make(Job job);

  FileSystem& files_;
  std::string directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;    // guarded by mutex_
  std::optional<Made> made_;  // guarded by mutex_
  bool busy_ = false;         // guarded by mutex_
  bool stop_ = false;         // guarded by mutex_
  std::thread thread_;
};

}  // namespace factorwal::wal
