#include "wal/segment_preparer.h"

#include <algorithm>

#include "base/check.h"
#include "base/quiet_thread.h"

namespace factorwal::wal {

Result<PreparedSegment> allocate_segment(FileSystem& files, const std::string& directory,
                                         std::uint64_t number, std::uint64_t allocated_bytes) {
  const auto path = join_path(directory, segment_name(number)) + ".new";
  auto file = files.create(path);
  if (!file) return file.error();
  const Bytes zeros(static_cast<std::size_t>(std::min<std::uint64_t>(allocated_bytes, 1U << 20)));
  for (std::uint64_t at = 0; at < allocated_bytes; at += zeros.size()) {
    const auto size = std::min<std::uint64_t>(zeros.size(), allocated_bytes - at);
    if (auto done = (*file)->write_at(at, ByteView(zeros).first(static_cast<std::size_t>(size)));
        !done) {
      (void)files.remove(path);  // gives the space back
      return done.error();
    }
  }
  return PreparedSegment{{number, random_identity(files), allocated_bytes}, std::move(*file)};
}

Status place_segment(FileSystem& files, const std::string& directory, std::uint64_t number) {
  const auto target = join_path(directory, segment_name(number));
  if (auto done = files.rename(target + ".new", target); !done) return done;
  return files.sync_directory(directory);
}

Result<PreparedSegment> prepare_segment(FileSystem& files, const std::string& directory,
                                        std::uint64_t number, std::uint64_t allocated_bytes) {
  auto segment = allocate_segment(files, directory, number, allocated_bytes);
  if (!segment) return segment;
  if (auto done = segment->file->sync(); !done) {
    (void)files.remove(join_path(directory, segment_name(number)) + ".new");
    return done.error();
  }
  if (auto done = place_segment(files, directory, number); !done) return done.error();
  return segment;
}

SegmentPreparer::SegmentPreparer(FileSystem& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {
  if (files_.simulation() == nullptr) thread_ = start_quiet_thread([this] { run(); });
}

SegmentPreparer::~SegmentPreparer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SegmentPreparer::start(std::uint64_t number, std::uint64_t allocated_bytes,
                            Manifest manifest) {
  {
    const std::lock_guard lock(mutex_);
    FACTORWAL_CHECK(!busy_ && !made_);
    Job job{number, allocated_bytes, std::move(manifest)};
    if (!thread_.joinable()) {
      made_ = make(std::move(job));
      return;
    }
    busy_ = true;
    job_ = std::move(job);
  }
  changed_.notify_all();
}

SegmentPreparer::Made SegmentPreparer::take() {
  std::unique_lock lock(mutex_);
  if (!busy_ && !made_) {
    return {Error{Errc::kNotFound, "no segment is being prepared", 0}, true};
  }
  changed_.wait(lock, [this] { return made_.has_value(); });
  auto made = std::move(*made_);
  made_.reset();
  return made;
}

SegmentPreparer::Made SegmentPreparer::make(Job job) {
  auto segment = prepare_segment(files_, directory_, job.number, job.allocated_bytes);
  if (!segment) return {std::move(segment), true};
  job.manifest.segments.push_back(segment->entry);
  if (auto done = store_manifest(files_, directory_, job.manifest); !done) {
    return {done.error(), false};
  }
  return {std::move(segment), false};
}

void SegmentPreparer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || job_.has_value(); });
    if (!job_) return;
    auto job = std::move(*job_);
    job_.reset();
    lock.unlock();
    auto made = make(std::move(job));
    lock.lock();
    made_ = std::move(made);
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace factorwal::wal
