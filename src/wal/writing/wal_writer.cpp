#include "wal/writing/wal_writer.h"

#include <algorithm>
#include <cerrno>

#include "wal/reading/frame.h"

namespace factorwal::wal {
namespace {

// What is written and not synced is kept in memory. Without group commit much may come together
// between two syncs: then one more sync, of some milliseconds, bounds it.
constexpr std::uint64_t kPendingBytesMax = std::uint64_t{16} << 20;

std::vector<RingMark> rings_of(ByteView frame) {
  FrameHeader header;
  header.record_bytes = load<std::uint32_t>(frame.data() + kFrameRecordBytesOffset);
  header.ring_count = load<std::uint16_t>(frame.data() + kFrameRingCountOffset);
  return frame_rings(frame, header);
}

}  // namespace

WalWriter::WalWriter(FileSystem& files, std::string directory, NameTable& names,
                     WriterOptions options)
    : files_(files),
      directory_(std::move(directory)),
      names_(names),
      options_(options),
      place_{files, directory_, options.free_space_reserve},
      next_bytes_(std::min(options.first_segment_bytes, options.segment_bytes)) {}

WalWriter::~WalWriter() = default;

Status WalWriter::write(std::span<const RingMark> rings) {
  if (closed_ || (frame_.bytes() == repeated_bytes_ && rings.empty())) return usable();
  frame_.settle();
  const auto need = align_up(frame_.bytes() + rings.size() * kFrameRingBytes);
  if (need > kFrameBytesMax) {
    return poison({Errc::kInvalidArgument,
                   "a frame of " + std::to_string(need) + " bytes; at most " +
                       std::to_string(kFrameBytesMax) + " can be read back",
                   0});
  }
  // From here on its records are ours, and have their sequences, whatever fails.
  const auto count = frame_.record_count();
  pending_.push(frame_.hand_over(next_sequence_, rings, pending_.spare_buffer()));
  next_sequence_ += count;
  pending_events_ = unwritten_events_.size();
  ++frame_number_;
  repeated_bytes_ = frame_.bytes();
  whole_ = false;
  if (auto done = usable(); !done) return done;
  if (offset_ + need > current_.allocated_bytes) {
    if (auto done = rotate(need); !done) return done;
  }
  const auto defined_before = defined_ahead_;
  if (auto done = write_pending(); !done) return done;
  written_ = placed_;
  settle_events();
  defined_ahead_ = defined_;
  repeat_definitions(defined_before);
  repeated_bytes_ = frame_.bytes();
  return pending_.bytes() > kPendingBytesMax ? sync() : Status{};
}

Status WalWriter::write_pending() {
  while (auto* frame = pending_.next_unwritten()) {
    const auto bytes = frame->bytes();
    place_frame(bytes, current_.identity, offset_, durable_);
    if (auto done = write_bytes(bytes); !done) return done;
    pending_.mark_written();
    placed_ += frame->record_count;
    note_marks(ring_marks_, rings_of(bytes));
  }
  return {};
}

Status WalWriter::write_side_frame(FrameKind kind, std::span<const RingMark> rings) {
  return write_bytes(
      side_frame_.finish(kind, current_.identity, offset_, placed_ + 1, durable_, rings));
}

Status WalWriter::write_bytes(ByteView frame) {
  if (auto done = file_->write_at(offset_, frame); !done) return poison(done.error());
  offset_ += frame.size();
  bytes_written_ += frame.size();
  stated_ = durable_;
  has_unsynced_ = true;
  return {};
}

Status WalWriter::sync() {
  if (auto done = usable(); !done) return done;
  if (!has_unsynced_) return {};
  if (auto done = file_->sync(); !done) return poison(done.error());
  ++sync_count_;
  has_unsynced_ = false;
  durable_ = {placed_, offset_};
  if (!begun_) return {};  // what is in there counts with its header, or with the manifest
  end_.offset = offset_;
  end_.sequence = placed_;
  pending_.drop_written();
  return {};
}

Status WalWriter::write_frontier() {
  if (auto done = usable(); !done) return done;
  if (stated_.offset == durable_.offset || offset_ + kFrameHeaderBytes > current_.allocated_bytes) {
    return {};
  }
  const auto synced = has_unsynced_;
  side_frame_.reset();
  auto done = write_side_frame(FrameKind::kFrontier, {});
  has_unsynced_ = synced;  // a frontier frame is no reason for a sync
  return done;
}

Status WalWriter::close() {
  if (closed_) return {};
  if (auto done = usable(); !done) return done;
  if (auto done = write(); !done) return done;
  if (auto done = sync(); !done) return done;
  auto closing = manifest_;
  if (adds_nothing()) {
    // The log ends where it did before this open, and says so in the same words.
    closing.segments.pop_back();
    closing.last_segment_end = begun_behind_.offset;
    unused_.push_back(current_.number);
  } else {
    if (auto done = write_close_mark(); !done) return done;
    closing = manifest_;
    closing.last_segment_end = offset_;
  }
  (void)take_prepared();  // what it made is unused
  closing.clean = true;
  closing.last_sequence = written_;
  if (auto done = store(closing); !done) return poison(done.error());
  manifest_ = std::move(closing);
  preparer_.reset();  // not before: a restart after a failure here needs it
  file_.reset();
  closed_ = true;
  return {};
}

void WalWriter::give_up() {
  if (closed_) return;
  (void)poison({Errc::kClosed, directory_ + ": the log is closed", 0});
  preparing_ = false;
  preparer_.reset();
}

// The file of such a segment would stay for ever without a record for retention to cut behind.
// Behind damage it stays: its header says which sequences are lost.
bool WalWriter::adds_nothing() const noexcept {
  return begun_ && !damaged_ && bare_bytes_ != 0 && offset_ == bare_bytes_;
}

Status WalWriter::write_close_mark() {
  if (offset_ + kFrameHeaderBytes > current_.allocated_bytes) {
    if (auto done = rotate(kFrameHeaderBytes); !done) return done;
  }
  side_frame_.reset();
  if (auto done = write_side_frame(FrameKind::kClose, {}); !done) return done;
  return sync();
}

// Of those that are full nothing is needed while the log is written: it is not stopped for them.
Status WalWriter::expect_segments() const {
  if (damaged_) return {};  // some were missing before
  for (const auto& segment : manifest_.segments) {
    const auto path = join_path(directory_, segment_name(segment.number));
    const auto exists = files_.exists(path);
    if (!exists) return exists.error();
    if (*exists) continue;
    return Error{Errc::kCorruption,
                 path +
                     ": was deleted or renamed while the log was open, and its records are gone "
                     "from it; the rest is durable and closed in order; put it back if you can",
                 ENOENT};
  }
  return {};
}

Status WalWriter::poison(const Error& error) {
  if (!poison_) poison_ = error;
  return error;
}

Status WalWriter::usable() const {
  if (closed_) return Error{Errc::kClosed, directory_ + ": the log is closed", 0};
  if (poison_) {
    return Error{Errc::kPoisoned,
                 "the log is stopped since: " + poison_->message + "; reopen to recover",
                 poison_->errno_value};
  }
  return {};
}

}  // namespace factorwal::wal
