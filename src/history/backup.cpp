#include "history/backup.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/caught_error.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_reader.h"
#include "wal/writing/frame_builder.h"

namespace factorwal::history {
namespace {

constexpr int kLookTries = 1000;
// Segments that are held open ahead of the one that is copied: retention cuts the oldest first, and
// they are copied first.
constexpr std::size_t kPinnedMax = 32;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr std::string_view kNothingCopied =
    "; nothing was copied; `factorwal verify` lists all damage";

std::string parent_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class Backup {
 public:
  Backup(FileSystem& files, const std::string& source, const std::string& target,
         const BackupProgress& progress)
      : files_(files), source_(source), target_(target), progress_(progress) {}

  Result<BackupReport> run();

 private:
  [[nodiscard]] Status look();
  [[nodiscard]] Result<bool> pin_ahead();
  [[nodiscard]] Status look_again();
  void count_bytes();
  [[nodiscard]] Status expect_target_elsewhere();
  [[nodiscard]] Status expect_empty_target();
  [[nodiscard]] Status claim_target();
  [[nodiscard]] Status copy_all();
  [[nodiscard]] Status copy_segment(std::size_t index);
  [[nodiscard]] Status copy_frames(const wal::SegmentView& segment, File& from, File& to);
  [[nodiscard]] Status check_order(const wal::SegmentView& segment,
                                   const wal::SegmentReader& reader);
  [[nodiscard]] Status add_close_mark(const wal::SegmentView& segment, File& to);
  [[nodiscard]] Status store_copy_manifest();
  [[nodiscard]] Status advance(std::uint64_t bytes);
  [[nodiscard]] Error damaged(const wal::SegmentView& segment, std::uint64_t offset,
                              std::string what);
  void clear_target();

  FileSystem& files_;
  const std::string& source_;
  const std::string& target_;
  const BackupProgress& progress_;

  /// A segment that is in the target as a whole, and where reading goes on behind it.
  struct Copied {
    wal::ManifestSegment source;
    std::uint64_t end = 0;
    std::uint64_t frames = 0;
    wal::ManifestSegment entry;
    Sequence expected = 1;
  };

  wal::LogView view_;
  std::deque<std::unique_ptr<File>> pinned_;  // of view_.segments, from copied_.size() on
  std::vector<Copied> copied_;                // the first of view_.segments
  std::unique_ptr<FileLock> target_lock_;
  wal::Manifest copy_;
  BackupReport report_;
  Sequence expected_ = 1;
  std::uint64_t all_bytes_ = 0;
  int looks_again_ = 0;
};

/// A file that is open stays readable when its name goes away. False when one was gone already.
Result<bool> Backup::pin_ahead() {
  const auto& segments = view_.segments;
  while (pinned_.size() < kPinnedMax && copied_.size() + pinned_.size() < segments.size()) {
    auto file = files_.open_read(segments[copied_.size() + pinned_.size()].path);
    if (!file) {
      if (file.error().code == Errc::kNotFound) return false;
      return file.error();
    }
    pinned_.push_back(std::move(*file));
  }
  return true;
}

Status Backup::look() {
  for (int attempt = 1;; ++attempt) {
    auto view = wal::open_log_view(files_, source_);
    if (!view) return view.error();
    view_ = std::move(*view);
    if (const auto* finding = wal::first_corrupt(view_.findings)) {
      return wal::corruption_error(*finding, kNothingCopied);
    }
    const auto pinned = pin_ahead();
    if (!pinned) return pinned.error();
    if (*pinned) return {};
    pinned_.clear();
    if (attempt == kLookTries) {
      return Error{Errc::kTimeout, source_ + ": segments go away faster than they are opened", 0};
    }
  }
}

/// A segment was cut before its turn: what the log was at the first look cannot be had any more.
/// The copy becomes one of the log as it is now; whole segments that are still part of it stay.
Status Backup::look_again() {
  if (++looks_again_ > kLookTries) {
    return Error{Errc::kTimeout, source_ + ": is cut faster than it can be copied", 0};
  }
  const auto before = std::exchange(copied_, {});
  pinned_.clear();
  const auto identity = view_.manifest.directory;
  if (auto done = look(); !done) return done;
  if (view_.manifest.directory != identity) {
    return Error{Errc::kIo, source_ + ": another log was put here meanwhile", 0};
  }
  // Of those copied the first were cut, the next are whole, and the last may have grown.
  for (const auto& one : before) {
    const auto next = copied_.size();
    const bool same = next < view_.segments.size() &&
                      one.source.identity == view_.segments[next].entry.identity &&
                      one.end == view_.segments[next].end;
    if (same) {
      copied_.push_back(one);
      continue;
    }
    if (auto done = files_.remove(join_path(target_, wal::segment_name(one.entry.number))); !done) {
      return done;
    }
  }
  pinned_.clear();
  count_bytes();
  return {};
}

void Backup::count_bytes() {
  all_bytes_ = report_.bytes = report_.frames = 0;
  for (const auto& segment : view_.segments) all_bytes_ += segment.end;
  for (const auto& segment : copied_) {
    report_.bytes += segment.end;
    report_.frames += segment.frames;
  }
}

// One that cannot be looked at is told when it is used.
Status Backup::expect_target_elsewhere() {
  const auto source = files_.file_id(source_);
  const auto around = files_.file_id(parent_of(target_));
  if (!source || !around || *source != *around) return {};
  return Error{Errc::kInvalidArgument,
               target_ + ": lies in the directory that it is to save; name one elsewhere", 0};
}

Status Backup::expect_empty_target() {
  const auto names = files_.list(target_);
  if (!names) {
    if (names.error().code == Errc::kNotFound) return {};
    return names.error();
  }
  bool segments = false;
  bool others = false;
  for (const auto& name : *names) {
    if (name == wal::kManifestName) {
      return Error{Errc::kAlreadyExists, target_ + ": holds a log; name a new directory", 0};
    }
    const bool segment = name.starts_with("wal-");
    segments = segments || segment;
    others = others || (!segment && name != wal::kLockName);
  }
  if (segments && !others) {
    return Error{Errc::kAlreadyExists,
                 target_ +
                     ": holds part of a backup that was cut short; remove it, or name a new "
                     "directory",
                 0};
  }
  if (segments || others) {
    return Error{Errc::kAlreadyExists, target_ + ": is not empty; name a new directory", 0};
  }
  return {};
}

Status Backup::claim_target() {
  if (auto done = files_.make_directory(target_); !done) return done;
  auto lock = files_.lock(join_path(target_, wal::kLockName));
  if (!lock) return lock.error();
  target_lock_ = std::move(*lock);
  // Another backup may have come between the first look and the lock.
  if (auto done = expect_empty_target(); !done) return done;
  return files_.sync_directory(parent_of(target_));
}

Error Backup::damaged(const wal::SegmentView& segment, std::uint64_t offset, std::string what) {
  return wal::corruption_error(
      {Damage::kCorrupt, segment.path, offset, 0, expected_, 0, std::move(what)}, kNothingCopied);
}

Status Backup::advance(std::uint64_t bytes) {
  report_.bytes += bytes;
  if (!progress_ || progress_(report_.bytes, all_bytes_)) return {};
  return Error{Errc::kTimeout, target_ + ": the backup was given up; nothing is left of it", 0};
}

Status Backup::check_order(const wal::SegmentView& segment, const wal::SegmentReader& reader) {
  const auto& header = reader.header();
  if (header.first_sequence > expected_) {
    return damaged(segment, reader.offset(), "records before this frame are missing");
  }
  if (header.record_count > 0 && header.first_sequence < expected_) {
    return damaged(segment, reader.offset(), "frame repeats sequences");
  }
  expected_ = std::max(expected_, header.last_sequence() + 1);
  return {};
}

Status Backup::copy_frames(const wal::SegmentView& segment, File& from, File& to) {
  wal::SegmentReader reader(from, segment.entry.identity, wal::kSegmentHeaderBytes, segment.end);
  Bytes waiting;  // checked, not yet written
  auto written = std::uint64_t{wal::kSegmentHeaderBytes};
  const auto flush = [&]() -> Status {
    if (auto done = to.write_at(written, waiting); !done) return done;
    const auto bytes = waiting.size();
    written += bytes;
    waiting.clear();
    return advance(bytes);
  };
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == wal::SegmentReader::Step::kBad) {
      return damaged(segment, reader.offset(), "frame does not hold");
    }
    if (*step == wal::SegmentReader::Step::kEnd) break;
    if (auto done = check_order(segment, reader); !done) return done;
    ++report_.frames;
    put_bytes(waiting, reader.frame());
    if (waiting.size() < kWriteBytes) continue;
    if (auto done = flush(); !done) return done;
  }
  if (reader.offset() != segment.end) {
    return damaged(segment, reader.offset(), "file ends before its frames do");
  }
  return flush();
}

Status Backup::add_close_mark(const wal::SegmentView& segment, File& to) {
  wal::FrameBuilder mark;
  return to.write_at(segment.end,
                     mark.finish(wal::FrameKind::kClose, segment.entry.identity, segment.end,
                                 expected_, {expected_ - 1, segment.end}, {}));
}

/// Frames hold at their offset in their segment, wherever that lies: they are copied as they are,
/// and only the first page says to which directory they belong.
Status Backup::copy_segment(std::size_t index) {
  const auto& segment = view_.segments[index];
  const bool closes = index + 1 == view_.segments.size() && !view_.clean();
  auto entry = segment.entry;
  entry.allocated_bytes = segment.end + (closes ? wal::kFrameHeaderBytes : 0);
  auto header = segment.header;
  header.directory = copy_.directory;
  header.allocated_bytes = entry.allocated_bytes;

  const auto frames_before = report_.frames;
  auto file = files_.create(join_path(target_, wal::segment_name(entry.number)));
  if (!file) return file.error();
  if (auto done = (*file)->write_at(0, encode_segment_header(header)); !done) return done;
  if (auto done = advance(wal::kSegmentHeaderBytes); !done) return done;
  if (auto done = copy_frames(segment, *pinned_.front(), **file); !done) return done;
  if (closes) {
    if (auto done = add_close_mark(segment, **file); !done) return done;
  }
  if (auto done = (*file)->sync(); !done) return done;
  pinned_.pop_front();
  copied_.push_back({segment.entry, segment.end, report_.frames - frames_before, entry, expected_});
  return {};
}

Status Backup::copy_all() {
  while (copied_.size() < view_.segments.size()) {
    const auto pinned = pin_ahead();
    if (!pinned) return pinned.error();
    if (!*pinned) {
      if (auto done = look_again(); !done) return done;
      continue;
    }
    expected_ =
        copied_.empty() ? view_.segments.front().header.first_sequence : copied_.back().expected;
    if (auto done = copy_segment(copied_.size()); !done) return done;
  }
  if (expected_ != view_.last_sequence + 1 && !view_.segments.empty()) {
    return damaged(view_.segments.back(), view_.segments.back().end,
                   "the log ends before the sequence that it was closed with");
  }
  return store_copy_manifest();
}

/// The last step, and the one that makes a log of the files.
Status Backup::store_copy_manifest() {
  if (auto done = files_.sync_directory(target_); !done) return done;
  for (const auto& segment : copied_) copy_.segments.push_back(segment.entry);
  if (!copied_.empty()) {
    copy_.last_segment_end = copied_.back().entry.allocated_bytes;
    report_.first_sequence = view_.segments.front().header.first_sequence;
  }
  copy_.epoch = view_.manifest.epoch;
  copy_.clean = true;
  copy_.last_sequence = view_.last_sequence;
  return store_manifest(files_, target_, copy_);
}

/// Best effort, the manifest first: without one the rest is refused.
void Backup::clear_target() {
  const std::string manifest = join_path(target_, wal::kManifestName);
  (void)files_.remove(manifest);
  (void)files_.remove(manifest + ".new");
  if (const auto names = files_.list(target_)) {  // it was empty before
    for (const auto& name : *names) {
      if (wal::segment_number_of(name) != 0) (void)files_.remove(join_path(target_, name));
    }
  }
  (void)files_.sync_directory(target_);
}

Result<BackupReport> Backup::run() {
  if (target_.empty())
    return Error{Errc::kInvalidArgument, "the backup's directory has no name", 0};
  if (auto done = expect_target_elsewhere(); !done) return done.error();
  if (auto done = expect_empty_target(); !done) return done.error();
  if (auto done = look(); !done) return done.error();
  if (auto done = claim_target(); !done) return done.error();
  copy_.directory = wal::random_identity(files_);
  count_bytes();
  if (auto done = copy_all(); !done) {
    clear_target();
    return done.error();
  }
  report_.source = view_.manifest.directory;
  report_.target = copy_.directory;
  report_.source_clean = view_.clean();
  report_.writer_pid = view_.writer_pid;
  report_.segments = view_.segments.size();
  report_.last_sequence = view_.last_sequence;
  if (report_.last_sequence == 0) report_.first_sequence = 0;
  report_.left_out = std::move(view_.findings);
  return std::move(report_);
}

}  // namespace

Result<BackupReport> back_up(FileSystem& files, const std::string& source,
                             const std::string& target, const BackupProgress& progress) {
  return Backup(files, source, target, progress).run();
}

}  // namespace factorwal::history

namespace factorwal {

Result<BackupReport> back_up(const std::string& source, const std::string& target,
                             const BackupProgress& progress) try {
  return history::back_up(posix_file_system(), source, target, progress);
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
