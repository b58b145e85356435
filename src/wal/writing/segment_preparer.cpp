#include "wal/writing/segment_preparer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/caught_error.h"
#include "base/check.h"
#include "base/no_cancellation.h"
#include "base/quiet_thread.h"
#include "wal/reading/index_builder.h"

namespace factorwal::wal {
namespace {

std::string path_of(const SegmentPlace& place, std::uint64_t number) {
  return join_path(place.directory, segment_name(number));
}

// An early and clear refusal: a disk that is filled to the last byte fails in odder places, and not
// only ours.
Status require_space(const SegmentPlace& place, std::uint64_t bytes) {
  if (place.free_space_reserve == 0) return {};
  const auto free = place.files.free_space(place.directory);
  if (!free) return free.error();
  // Bounded: a reserve near the largest number would carry the sum round to a small one.
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  const auto need = bytes + std::min(place.free_space_reserve, kMost - bytes);
  if (*free >= need) return {};
  return Error{Errc::kIo,
               place.directory + ": " + std::to_string(*free) + " bytes are free there, but " +
                   std::to_string(need) + " are needed: " + std::to_string(bytes) +
                   " for the next segment of the log and " +
                   std::to_string(place.free_space_reserve) +
                   " to stay free; make room, or set free_space_reserve lower",
               ENOSPC};
}

Status write_zeros(File& file, std::uint64_t bytes) {
  const Bytes zeros(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1U << 20)));
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    const auto size = std::min<std::uint64_t>(zeros.size(), bytes - at);
    const auto part = ByteView(zeros).first(static_cast<std::size_t>(size));
    if (auto done = file.write_at(at, part); !done) return done;
  }
  return {};
}

}  // namespace

Status expect_own_log(FileSystem& files, const std::string& directory, const ManifestHead& ours) {
  const auto there = load_manifest_head(files, directory);
  if (!there) return there.error();
  if (there->directory == ours.directory && there->epoch == ours.epoch) return {};
  return Error{
      Errc::kIo,
      directory +
          (there->directory == ours.directory
               ? ": another process has opened this log since; nothing more is written here"
               : ": holds another log than the one that was opened; put it back, or reopen"),
      0};
}

Status expect_own_log(const SegmentPlace& place, const Manifest& ours) {
  const ManifestHead head{ours.directory, ours.epoch};
  if (auto done = expect_own_log(place.files, place.directory, head); !done) return done;
  if (ours.in_use == 0) return {};
  const auto path = path_of(place, ours.in_use);
  const auto exists = place.files.exists(path);
  if (!exists) return exists.error();
  if (*exists) return {};
  return Error{Errc::kIo,
               path +
                   ": was deleted or renamed while it was in use, and its records are missing from "
                   "the log; put it back (a deleted one is in /proc/" +
                   std::to_string(::getpid()) + "/fd as long as this process lives)",
               ENOENT};
}

Result<PreparedSegment> allocate_segment(const SegmentPlace& place, std::uint64_t number,
                                         std::uint64_t allocated_bytes) {
  // Another process may have died while it made one of that name, or failed to: its file is not
  // written to.
  const auto path = path_of(place, number) + ".new";
  if (auto done = place.files.remove(path); !done && done.error().code != Errc::kNotFound) {
    return done.error();
  }
  if (auto done = require_space(place, allocated_bytes); !done) return done.error();
  auto file = place.files.create(path);
  if (!file) return file.error();
  if (auto done = write_zeros(**file, allocated_bytes); !done) {
    (void)place.files.remove(path);  // gives the space back
    return done.error();
  }
  return PreparedSegment{{number, random_identity(place.files), allocated_bytes}, std::move(*file)};
}

Status place_segment(const SegmentPlace& place, std::uint64_t number) {
  const auto target = path_of(place, number);
  if (auto done = place.files.rename(target + ".new", target); !done) return done;
  return place.files.sync_directory(place.directory);
}

bool remove_segment(const SegmentPlace& place, std::uint64_t number) {
  bool gone = true;
  // First what is derived from it. Nobody misses an index, or minds one that stays.
  for (const auto* suffix : {"", ".new"}) {
    (void)place.files.remove(index_path(path_of(place, number)) + suffix);
  }
  for (const auto* suffix : {"", ".new"}) {
    const auto done = place.files.remove(path_of(place, number) + suffix);
    gone = gone && (done || done.error().code == Errc::kNotFound);
  }
  return gone;
}

Result<PreparedSegment> prepare_segment(const SegmentPlace& place, std::uint64_t number,
                                        std::uint64_t allocated_bytes) {
  auto segment = allocate_segment(place, number, allocated_bytes);
  if (!segment) return segment;
  auto done = segment->file->sync();
  if (done) done = place_segment(place, number);
  if (done) return segment;
  (void)remove_segment(place, number);
  return done.error();
}

Result<std::unique_ptr<SegmentPreparer>> SegmentPreparer::make(SegmentPlace place) {
  std::unique_ptr<SegmentPreparer> made(new SegmentPreparer(std::move(place)));
  if (made->place_.files.simulation() != nullptr) return made;
  auto thread = start_quiet_thread([self = made.get()] { self->run(); });
  if (!thread) return std::move(thread).error();
  made->thread_ = std::move(*thread);
  return made;
}

SegmentPreparer::~SegmentPreparer() {
  const NoCancellation whole;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SegmentPreparer::start(std::uint64_t number, std::uint64_t allocated_bytes, Manifest manifest,
                            std::vector<std::uint64_t> cut) {
  {
    const std::lock_guard lock(mutex_);
    FACTORWAL_CHECK(!made_);
  }
  submit({number, allocated_bytes, std::move(manifest), std::move(cut)});
}

void SegmentPreparer::cut(Manifest manifest, std::vector<std::uint64_t> cut) {
  {
    // One that is made and waits is named on disk, and stays so.
    const std::lock_guard lock(mutex_);
    if (made_ && *made_) manifest.segments.push_back((*made_)->entry);
  }
  submit({0, 0, std::move(manifest), std::move(cut)});
}

bool SegmentPreparer::idle() {
  const std::lock_guard lock(mutex_);
  return !busy_;
}

void SegmentPreparer::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    FACTORWAL_CHECK(!busy_);
    if (!thread_.joinable()) {
      cut_old(job);
      if (job.number != 0) made_ = make_segment(std::move(job));
      return;
    }
    busy_ = true;
    job_ = std::move(job);
  }
  changed_.notify_all();
}

Result<PreparedSegment> SegmentPreparer::take() {
  const NoCancellation whole;
  std::unique_lock lock(mutex_);
  if (!busy_ && !made_) return Error{Errc::kNotFound, "no segment is being prepared", 0};
  changed_.wait(lock, [this] { return !busy_ && made_.has_value(); });
  auto made = std::move(*made_);
  made_.reset();
  return made;
}

// The files go only when a manifest without them is known to be there. A failure costs space and
// nothing else: the writer knows their numbers, too, and tries again after its next manifest.
void SegmentPreparer::cut_old(const Job& job) {
  if (job.cut.empty() || !expect_own_log(place_, job.manifest)) return;
  if (!store_manifest(place_.files, place_.directory, job.manifest)) return;
  for (const auto number : job.cut) (void)remove_segment(place_, number);
}

// Derived, so that every failure is passed over: the segment is found without it. Not synced: its
// checksum tells what a power failure left of it.
void SegmentPreparer::index_sealed(const Manifest& manifest) try {
  LogView view;
  view.directory = place_.directory;
  view.manifest = manifest;
  const auto sealed = find_sealed(place_.files, view);
  if (!sealed || load_index(place_.files, view, *sealed)) return;
  const auto index = build_index(place_.files, view, *sealed);
  if (!index || !*index || !expect_own_log(place_, manifest)) return;
  const auto path = index_path(view.segments[*sealed].path);
  const auto file = place_.files.create(path + ".new");
  if (!file) return;
  if (!(*file)->write_at(0, encode_index(**index)) || !place_.files.rename(path + ".new", path)) {
    (void)place_.files.remove(path + ".new");
  }
} catch (...) {
  (void)caught_error();
}

Result<PreparedSegment> SegmentPreparer::make_segment(Job job) try {
  if (auto done = expect_own_log(place_, job.manifest); !done) return done.error();
  auto segment = prepare_segment(place_, job.number, job.allocated_bytes);
  if (!segment) return segment;
  // Again: the disk may have taken seconds for it.
  if (auto done = expect_own_log(place_, job.manifest); !done) return done.error();
  job.manifest.segments.push_back(segment->entry);
  if (auto done = store_manifest(place_.files, place_.directory, job.manifest); !done) {
    return done.error();
  }
  return segment;
} catch (...) {
  return caught_error();
}

void SegmentPreparer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || job_.has_value(); });
    if (!job_) return;
    auto job = std::move(*job_);
    job_.reset();
    lock.unlock();
    cut_old(job);
    std::optional<Result<PreparedSegment>> made;
    if (job.number != 0) made = make_segment(job);
    const bool is_made = made.has_value();
    lock.lock();
    if (made) made_ = std::move(made);
    busy_ = false;
    changed_.notify_all();
    if (!is_made || stop_) continue;
    lock.unlock();
    index_sealed(job.manifest);
    lock.lock();
  }
}

}  // namespace factorwal::wal
