/// How a log goes from one segment to the next: by rotation, and into a new one that takes over
/// what is not durable, at an open and after a failure.

#include <algorithm>

#include "wal/writing/wal_writer.h"

namespace factorwal::wal {

Status WalWriter::restart() {
  if (closed_ || !preparer_) return usable();
  if (!poison_) return {};
  if (auto done = expect_own_log(place_, manifest_); !done) return done;
  // The preparer must not store its manifest over the one that comes now.
  (void)take_prepared();
  next_bytes_ = std::min(options_.first_segment_bytes, options_.segment_bytes);
  poison_.reset();
  if (auto done = continue_log(); !done) return poison(done.error());
  prepare_next();
  return {};
}

// The new segment is complete and durable, with all definitions and with what is written again,
// before the manifest names it: that is the one step that changes what the log holds. A crash
// before it leaves the log as it was (records that only the page cache holds included), a crash
// after it leaves the new one. When the step fails, either may be on disk: both are the log, as the
// new segment stays as it is until a later manifest, without it, is known to be there.
Status WalWriter::continue_log() {
  if (!whole_) {
    if (auto done = make_whole_segment(); !done) {
      file_.reset();
      // In no manifest, so that its space can be given back at once.
      if (remove_segment(place_, current_.number)) std::erase(unused_, current_.number);
      return done;
    }
  }
  return store_and_begin();
}

Status WalWriter::make_whole_segment() {
  begun_ = false;
  placed_ = end_.sequence;
  pending_.mark_unwritten();
  const auto need = kSegmentHeaderBytes + beginning_bytes() + pending_.bytes();
  current_.number = new_number();
  auto segment = allocate_segment(place_, current_.number, std::max(next_size(), align_up(need)));
  if (!segment) return segment.error();
  enter_segment(std::move(*segment));
  begun_behind_ = end_;
  if (auto done = write_beginning(); !done) return done;
  bare_bytes_ = offset_;
  if (auto done = write_pending(); !done) return done;
  placed_ = next_sequence_ - 1;  // with those that an open behind damage skips
  has_unsynced_ = true;          // the zeros are new, too
  if (auto done = sync(); !done) return done;
  if (auto done = write_header(); !done) return done;
  if (auto done = place_segment(place_, current_.number); !done) return done;
  whole_ = true;
  return {};
}

Status WalWriter::store_and_begin() {
  if (auto done = begin_segment(); !done) return done;
  whole_ = false;
  written_ = placed_;
  settle_events();
  pending_.drop_written();
  return {};
}

// The manifest says that the segment is in use before anything in it counts: it would pass for a
// prepared one if all of it were lost.
Status WalWriter::begin_segment() {
  auto manifest = manifest_;
  manifest.segments.push_back(current_);
  manifest.in_use = current_.number;
  if (auto done = store(manifest); !done) return done;
  manifest_ = std::move(manifest);
  begun_ = true;
  ages_.push_back({current_.number, current_.allocated_bytes, created_ns_, first_sequence_});
  std::erase(unused_, current_.number);
  end_ = {current_.number, current_.identity, durable_.offset, durable_.sequence};
  return {};
}

void WalWriter::enter_segment(PreparedSegment next) {
  file_ = std::move(next.file);
  current_ = next.entry;
  begun_ = false;
  offset_ = kSegmentHeaderBytes;
  durable_ = {placed_, offset_};
  stated_ = durable_;
  has_unsynced_ = false;
  bare_bytes_ = 0;
}

// Comes last of what a segment begins with, and alone: when it is there, the rest is.
Status WalWriter::write_header() {
  SegmentHeader header;
  header.directory = manifest_.directory;
  header.identity = current_.identity;
  header.number = current_.number;
  header.epoch = manifest_.epoch;
  header.allocated_bytes = current_.allocated_bytes;
  header.first_sequence = first_sequence_ = end_.sequence + 1;
  header.predecessor = end_.segment;
  header.predecessor_end = end_.offset;
  header.replay = replay_;
  header.frontier_sequence = durable_.sequence;
  header.frontier_offset = durable_.offset;
  header.created_ns = created_ns_ = files_.wall_clock_ns();
  if (auto done = file_->write_at(0, encode_segment_header(header)); !done) {
    return poison(done.error());
  }
  if (auto done = file_->sync(); !done) return poison(done.error());
  ++sync_count_;
  stated_ = durable_;
  return {};
}

Status WalWriter::rotate(std::uint64_t need_bytes) {
  // A segment's header is written only after its predecessor is wholly durable. A frontier frame at
  // its end is not synced, and may be gone after a power failure: `end_` lies before it.
  if (auto done = sync(); !done) return done;
  auto next = next_segment(kSegmentHeaderBytes + beginning_bytes() + need_bytes);
  if (!next) return poison(next.error());
  enter_segment(std::move(*next));
  // The definitions are durable before the header: a header without them would make the next open
  // give their handles to other names.
  if (auto done = write_beginning(); !done) return done;
  if (auto done = sync(); !done) return done;
  if (auto done = write_header(); !done) return done;
  if (auto done = begin_segment(); !done) return poison(done.error());
  prepare_next();
  return {};
}

Result<PreparedSegment> WalWriter::next_segment(std::uint64_t need_bytes) {
  auto prepared = take_prepared();
  if (prepared && prepared->entry.allocated_bytes >= need_bytes) return prepared;
  if (auto done = expect_own_log(place_, manifest_); !done) return done.error();
  // Too small, or the disk was full when it was prepared, say: it may have space again.
  auto made = prepare_segment(place_, new_number(), std::max(next_size(), align_up(need_bytes)));
  if (!made) return made;
  auto manifest = manifest_;
  manifest.segments.push_back(made->entry);
  if (auto done = store(manifest); !done) return done.error();
  return made;
}

Status WalWriter::store(const Manifest& manifest) {
  if (begun_storing_) {
    if (auto done = expect_own_log(place_, manifest_); !done) return done;
  }
  begun_storing_ = manifest.epoch > 0;
  if (auto done = store_manifest(files_, directory_, manifest); !done) return done;
  // From here on no manifest names the others any more, whatever became of earlier tries.
  std::erase_if(unused_, [&](std::uint64_t number) {
    const bool named =
        std::ranges::any_of(manifest.segments, [&](const auto& s) { return s.number == number; });
    return !named && remove_segment(place_, number);
  });
  return {};
}

// Never given twice by one writer: a name that was removed may come back with a power failure.
std::uint64_t WalWriter::new_number() {
  unused_.push_back(++last_number_);
  return last_number_;
}

std::uint64_t WalWriter::next_size() {
  const auto size = next_bytes_;
  next_bytes_ = std::min(next_bytes_ * 4, options_.segment_bytes);
  return size;
}

std::vector<std::uint64_t> WalWriter::take_cut() {
  cut_due_ = false;
  look_at_archive();
  std::vector<std::uint64_t> cut;
  // With damage everything stays, for a person to look at.
  if (!options_.retention.any() || damaged_) return cut;
  const auto plan = plan_retention(ages_, options_.retention,
                                   {replay_, has_hand_made_layouts(names_), archived_.get()},
                                   files_.wall_clock_ns());
  const auto count = static_cast<std::ptrdiff_t>(plan.cut);
  for (auto it = ages_.begin(); it != ages_.begin() + count; ++it) cut.push_back(it->number);
  ages_.erase(ages_.begin(), ages_.begin() + count);
  manifest_.segments.erase(manifest_.segments.begin(), manifest_.segments.begin() + count);
  unused_.insert(unused_.end(), cut.begin(), cut.end());
  return cut;
}

void WalWriter::cut_old() {
  // What is not synced may hold the generation's mark.
  if (!cut_due_ || !usable() || has_unsynced_ || !preparing_ || !preparer_->idle()) return;
  auto cut = take_cut();
  if (!cut.empty()) preparer_->cut(manifest_, std::move(cut));
}

void WalWriter::prepare_next() {
  const auto number = new_number();
  // The header just written names the generations, durably.
  auto cut = take_cut();
  preparer_->start(number, next_size(), manifest_, std::move(cut));
  preparing_ = true;
}

Result<PreparedSegment> WalWriter::take_prepared() {
  if (!preparing_) return Error{Errc::kNotFound, "no segment is being prepared", 0};
  preparing_ = false;
  return preparer_->take();
}

}  // namespace factorwal::wal
