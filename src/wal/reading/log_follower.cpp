#include "wal/reading/log_follower.h"

#include <algorithm>

namespace factorwal::wal {

LogFollower::LogFollower(FileSystem& files, const LogView& view, NameTable& names)
    : files_(files),
      directory_(view.directory),
      decoder_(names),
      expected_(view.last_sequence + 1) {
  if (view.segments.empty()) return;
  const auto& last = view.segments.back();
  number_ = last.entry.number;
  identity_ = last.entry.identity;
  offset_ = last.end;
  end_ = last.entry.allocated_bytes;
}

Result<bool> LogFollower::read_frame() {
  if (number_ == 0) return false;
  if (!file_) {
    auto file = files_.open_read(join_path(directory_, segment_name(number_)));
    if (!file) {
      if (file.error().code == Errc::kNotFound) return false;  // `move_on` finds out why
      return file.error();
    }
    file_ = std::move(*file);
  }
  for (;;) {
    // What did not hold may have been half written: it is read anew each time.
    if (!reader_) reader_ = std::make_unique<SegmentReader>(*file_, identity_, offset_, end_);
    const auto step = reader_->next();
    if (!step) return step.error();
    if (*step != SegmentReader::Step::kFrame) {
      reader_.reset();
      return false;
    }
    const auto& header = reader_->header();
    offset_ = reader_->offset() + header.length;
    // Written again by an open after a crash: they were given out before.
    if (header.record_count > 0 && header.first_sequence < expected_) continue;
    if (header.first_sequence > expected_) missed_ += header.first_sequence - expected_;
    expected_ = header.last_sequence() + 1;
    return true;
  }
}

Result<bool> LogFollower::move_on() {
  const auto manifest = load_manifest(files_, directory_);
  if (!manifest) return manifest.error();
  const auto& segments = manifest->segments;
  // By identity: an open that added nothing gave its segment's number back at its close.
  const bool named = number_ == 0 || std::ranges::any_of(segments, [&](const auto& entry) {
                       return entry.identity == identity_;
                     });
  const bool cut = !named && !segments.empty() && number_ < segments.front().number;
  if (!file_ && named && number_ != 0) {
    const auto path = join_path(directory_, segment_name(number_));
    return Error{Errc::kNotFound, path + ": is named by the manifest, and is not there", 0};
  }
  for (const auto& entry : manifest->segments) {
    if (entry.number < number_ || entry.identity == identity_) continue;
    const auto header =
        find_segment_header(files_, join_path(directory_, segment_name(entry.number)));
    if (!header) return header.error();
    if (!*header || (*header)->identity != entry.identity) return false;
    const auto end = (*header)->predecessor_end;
    if (number_ != 0 && (*header)->predecessor == identity_ && offset_ < end && end_ != end) {
      end_ = end;  // something came between the last read and the successor: first that
      return true;
    }
    if (cut && (*header)->first_sequence > expected_) {
      cut_ += (*header)->first_sequence - expected_;
      expected_ = (*header)->first_sequence;
    }
    number_ = entry.number;
    identity_ = entry.identity;
    offset_ = kSegmentHeaderBytes;
    end_ = entry.allocated_bytes;
    file_.reset();
    return true;
  }
  return false;
}

Result<bool> LogFollower::next_frame() {
  for (;;) {
    auto found = read_frame();
    if (!found || *found) return found;
    auto more = move_on();
    if (!more || !*more) return more;
  }
}

Result<bool> LogFollower::next(LogRecord& record) {
  for (;;) {
    if (!in_frame_) {
      auto found = next_frame();
      if (!found || !*found) return found;
      decoder_.start(reader_->frame(), reader_->header());
      in_frame_ = true;
    }
    const auto found = decoder_.next(record);
    if (found && *found) return true;
    in_frame_ = false;
    if (found) continue;
    if (found.error().code != Errc::kCorruption) return found.error();
    missed_ += reader_->header().record_count;
  }
}

}  // namespace factorwal::wal
