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
#include "wal/format/manifest.h"

namespace factorwal::wal {

/// Where segments are made, and how much space must stay free beside them: what else the machine
/// needs, and time for a person to act, before the disk is full.
struct SegmentPlace {
  FileSystem& files;
  std::string directory;
  std::uint64_t free_space_reserve = 0;  ///< bytes; 0: the space is not looked at
};

/// A file ready to become a segment.
struct PreparedSegment {
  ManifestSegment entry;
  std::unique_ptr<File> file;
};

/// That the place's path still leads to the log of that manifest: its directory, opened by nobody
/// since, with the segment in use. One that was moved away, and another put there, is not ours to
/// change; and behind a segment that somebody took away nothing is durable.
[[nodiscard]] Status expect_own_log(const SegmentPlace& place, const Manifest& ours);
/// The same without a look at segments, for what the manifest does not name.
[[nodiscard]] Status expect_own_log(FileSystem& files, const std::string& directory,
                                    const ManifestHead& ours);

/// Makes the file under a temporary name, written with zeros, not synced. A failure leaves no file.
[[nodiscard]] Result<PreparedSegment> allocate_segment(const SegmentPlace& place,
                                                       std::uint64_t number,
                                                       std::uint64_t allocated_bytes);
/// Gives an allocated and synced file its name.
[[nodiscard]] Status place_segment(const SegmentPlace& place, std::uint64_t number);
/// Makes one in the calling thread, synced and placed. It is not in the manifest yet.
[[nodiscard]] Result<PreparedSegment> prepare_segment(const SegmentPlace& place,
                                                      std::uint64_t number,
                                                      std::uint64_t allocated_bytes);
/// Removes a segment that no manifest names, whatever became of it. True when nothing is left.
bool remove_segment(const SegmentPlace& place, std::uint64_t number);

/// Makes the next one on a thread of its own, and then the index of the segment before the one in
/// use. Called by one thread.
class SegmentPreparer {
 public:
  /// kIo when there is no thread for it. In a simulation it has none, and works in `start`.
  [[nodiscard]] static Result<std::unique_ptr<SegmentPreparer>> make(SegmentPlace place);
  ~SegmentPreparer();
  SegmentPreparer(const SegmentPreparer&) = delete;
  SegmentPreparer& operator=(const SegmentPreparer&) = delete;

  /// Starts making the segment of that number and names it in `manifest` on disk. One at a time.
  /// Before that it removes the segments `cut`, which `manifest` does not name any more: space that
  /// is given back may be what the new one needs.
  void start(std::uint64_t number, std::uint64_t allocated_bytes, Manifest manifest,
             std::vector<std::uint64_t> cut);
  /// Only removes `cut`. Requires: `idle`.
  void cut(Manifest manifest, std::vector<std::uint64_t> cut);
  /// What was started is done.
  [[nodiscard]] bool idle();
  /// Waits for it. kNotFound when none was started. After a failure the manifest on disk may or may
  /// not name the segment; the next one that is stored settles that.
  [[nodiscard]] Result<PreparedSegment> take();

 private:
  explicit SegmentPreparer(SegmentPlace place) : place_(std::move(place)) {}
  struct Job {
    std::uint64_t number;  // 0: nothing is made
    std::uint64_t allocated_bytes;
    Manifest manifest;
    std::vector<std::uint64_t> cut;
  };
  void run();
  void submit(Job job);
  void cut_old(const Job& job);
  [[nodiscard]] Result<PreparedSegment> make_segment(Job job);
  /// Gives the segment before the one in use its index.
  void index_sealed(const Manifest& manifest);

  const SegmentPlace place_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;                       // guarded by mutex_
  std::optional<Result<PreparedSegment>> made_;  // guarded by mutex_
  bool busy_ = false;                            // guarded by mutex_
  bool stop_ = false;                            // guarded by mutex_
  std::thread thread_;
};

}  // namespace factorwal::wal
