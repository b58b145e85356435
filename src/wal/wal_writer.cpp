#include "wal/wal_writer.h"

#include <algorithm>

#include "wal/corruption.h"
#include "wal/frame_decoder.h"
#include "wal/segment_reader.h"

namespace factorwal::wal {
namespace {

// A definition stands in two frames, so that the loss of one frame costs no record of another.
constexpr int kDefinitionCopies = 2;
constexpr std::size_t kDefinitionFrameBytes = std::size_t{1} << 20;

Error refused(const Finding& finding) { return corruption_error(finding, kNothingChanged); }

}  // namespace

WalWriter::WalWriter(FileSystem& files, std::string directory, NameTable& names,
                     WriterOptions options)
    : files_(files),
      directory_(std::move(directory)),
      names_(names),
      options_(options),
      next_bytes_(std::min(options.first_segment_bytes, options.segment_bytes)) {}

WalWriter::~WalWriter() = default;

Result<std::unique_ptr<WalWriter>> WalWriter::open(FileSystem& files, const std::string& directory,
                                                   NameTable& names, WriterOptions options,
                                                   OpenReport& report, const Check& check) {
  std::unique_ptr<WalWriter> writer(new WalWriter(files, directory, names, options));
  auto view = open_log_view(files, directory, LockOwner::kUs);
  if (!view && view.error().code != Errc::kNotFound) return view.error();
  if (view) {
    report.findings = view->findings;
    if (const auto* finding = first_corrupt(view->findings)) return refused(*finding);
  }
  if (auto done = writer->start(view ? &*view : nullptr, report, check); !done) return done.error();
  return writer;
}

Status WalWriter::start(const LogView* view, OpenReport& report, const Check& check) {
  if (view == nullptr) {
    // A manifest without segments comes first: from then on, segments without a manifest are
    // damage, never a creation that was cut short.
    manifest_.directory = random_identity(files_);
    manifest_.clean = true;
    if (auto done = store_manifest(files_, directory_, manifest_); !done) return done;
  }
  std::vector<ManifestSegment> unused;
  if (view != nullptr) {
    manifest_.directory = view->manifest.directory;
    manifest_.epoch = view->manifest.epoch;
    if (!view->segments.empty()) replay_start_ = view->segments.back().header.replay_start;
    if (auto done = load_names(*view); !done) return done;
    if (check) {
      if (auto done = check(ring_marks_); !done) return done;
    }
    for (const auto& entry : view->manifest.segments) {
      last_number_ = std::max(last_number_, entry.number);
      const bool used = std::any_of(view->segments.begin(), view->segments.end(),
                                    [&](const auto& s) { return s.entry.number == entry.number; });
      (used ? manifest_.segments : unused).push_back(entry);
    }
    next_sequence_ = view->frontier.sequence + 1;
  }
  manifest_.clean = false;
  ++manifest_.epoch;
  report.created = view == nullptr;
  report.clean = view == nullptr || view->clean();
  report.epoch = manifest_.epoch;

  if (auto done = open_first(view, report); !done) return done;
  report.last_sequence = written_sequence();
  for (const auto& entry : unused) {
    // Left over from a writer that was killed: named in its manifest, never written to.
    (void)files_.remove(join_path(directory_, segment_name(entry.number)));
  }
  preparer_ = std::make_unique<SegmentPreparer>(files_, directory_);
  prepare_next();
  return {};
}

// The new segment is complete and durable, with all definitions and with what is written again,
// before the manifest names it: that is the one step that changes what the log holds. A crash
// before it leaves the log as it was (records that only the page cache holds included), a crash
// after it leaves the new one.
Status WalWriter::open_first(const LogView* view, OpenReport& report) {
  Identity predecessor{};
  std::uint64_t predecessor_end = 0;
  std::uint64_t tail_bytes = 0;
  if (view != nullptr && !view->segments.empty()) {
    const auto& last = view->segments.back();
    predecessor = last.entry.identity;
    predecessor_end = view->frontier.offset;
    tail_bytes = last.end - std::min(last.end, view->frontier.offset);
  }
  const auto first_sequence = next_sequence_;
  const auto need = kSegmentHeaderBytes + beginning_bytes() + tail_bytes;
  auto segment =
      allocate_segment(files_, directory_, ++last_number_, std::max(next_size(), align_up(need)));
  if (!segment) return segment.error();
  const auto entry = segment->entry;
  if (replay_start_ == 0) replay_start_ = entry.number;
  enter_segment(std::move(*segment));
  if (auto done = write_beginning(); !done) return done;
  if (view != nullptr) {
    if (auto done = rewrite_tail(*view, report); !done) return done;
  }
  has_unsynced_ = true;  // the zeros are new, too
  if (auto done = sync(); !done) return done;
  if (auto done = write_header(first_sequence, predecessor, predecessor_end); !done) return done;
  if (auto done = place_segment(files_, directory_, entry.number); !done) return done;
  manifest_.segments.push_back(entry);
  return store_manifest(files_, directory_, manifest_);
}

Status WalWriter::load_names(const LogView& view) {
  // Each segment begins with all definitions and event times so far, so the last one has them all.
  if (view.segments.empty()) return {};
  const auto& last = view.segments.back();
  auto file = files_.open_read(last.path);
  if (!file) return file.error();
  SegmentReader reader(**file, last.entry.identity, kSegmentHeaderBytes, last.end);
  FrameDecoder decoder(names_);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) break;
    if (*step == SegmentReader::Step::kBad) {
      return refused(
          {Damage::kCorrupt, last.path, reader.offset(), 0, 0, 0, "frame does not hold"});
    }
    note_marks(frame_rings(reader.frame(), reader.header()));
    decoder.start(reader.frame(), reader.header());
    LogRecord record;
    for (;;) {
      const auto found = decoder.next(record);
      if (!found) {
        return Error{found.error().code,
                     last.path + ", offset " + std::to_string(reader.offset()) + ": " +
                         found.error().message,
                     0};
      }
      if (!*found) break;
    }
  }  // A generation completed in this segment is newer than what its header knew.
  if (const auto& mark = decoder.generation()) replay_start_ = mark->start_segment;
  return {};
}

Status WalWriter::rewrite_tail(const LogView& view, OpenReport& report) {
  if (view.segments.empty() || view.clean()) return {};
  const auto& last = view.segments.back();
  if (view.frontier.offset >= last.end) return {};
  auto file = files_.open_read(last.path);
  if (!file) return file.error();
  SegmentReader reader(**file, last.entry.identity, view.frontier.offset, last.end);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) return {};
    if (*step == SegmentReader::Step::kBad) {
      // It held when the end was looked for: the disk gives other bytes now.
      return refused({Damage::kCorrupt, last.path, reader.offset(), 0, next_sequence_, 0,
                      "frame cannot be read a second time"});
    }
    const auto& header = reader.header();
    if (header.record_bytes == 0 && header.ring_count == 0) continue;
    if (header.first_sequence != next_sequence_) {
      return refused({Damage::kCorrupt, last.path, reader.offset(), 0, next_sequence_, 0,
                      "frames do not follow each other"});
    }
    if (header.record_count > 0 && report.rewritten_first == 0) {
      report.rewritten_first = header.first_sequence;
    }
    side_frame_.reset();
    side_frame_.copy_records(frame_records(reader.frame(), header), header.record_count,
                             header.flags);
    const auto rings = frame_rings(reader.frame(), header);
    if (auto done = write_frame(side_frame_, FrameKind::kCommit, rings); !done) return done;
    next_sequence_ += header.record_count;
    if (header.record_count > 0) report.rewritten_last = header.last_sequence();
  }
}

std::uint64_t WalWriter::next_size() {
  const auto size = next_bytes_;
  next_bytes_ = std::min(next_bytes_ * 4, options_.segment_bytes);
  return size;
}

void WalWriter::prepare_next() {
  preparer_->start(++last_number_, next_size(), manifest_);
  preparing_ = true;
}

void WalWriter::enter_segment(PreparedSegment next) {
  file_ = std::move(next.file);
  current_ = next.entry;
  offset_ = kSegmentHeaderBytes;
  durable_ = {written_sequence(), offset_};
  stated_ = durable_;
  has_unsynced_ = false;
}

// Comes last of what a segment begins with, and alone: when it is there, the rest is.
Status WalWriter::write_header(Sequence first_sequence, const Identity& predecessor,
                               std::uint64_t predecessor_end) {
  SegmentHeader header;
  header.directory = manifest_.directory;
  header.identity = current_.identity;
  header.number = current_.number;
  header.epoch = manifest_.epoch;
  header.allocated_bytes = current_.allocated_bytes;
  header.first_sequence = first_sequence;
  header.predecessor = predecessor;
  header.predecessor_end = predecessor_end;
  header.replay_start = replay_start_;
  header.frontier_sequence = durable_.sequence;
  header.frontier_offset = durable_.offset;
  if (auto done = file_->write_at(0, encode_segment_header(header)); !done) {
    return poison(done.error());
  }
  if (auto done = file_->sync(); !done) return poison(done.error());
  ++sync_count_;
  stated_ = durable_;
  return {};
}

Status WalWriter::write_definitions(Defined from) {
  auto& frame = side_frame_;
  const auto flush_if = [&](std::size_t limit) -> Status {
    if (frame.empty() || frame.bytes() < limit) return {};
    auto done = write_frame(frame, FrameKind::kCommit, {});
    frame.reset();
    return done;
  };
  for (int copy = 0; copy < kDefinitionCopies; ++copy) {
    frame.reset();
    for (auto i = from.instruments; i < defined_.instruments; ++i) {
      frame.define_instrument(i, names_.event_time({i}), *names_.instruments.name(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    for (auto i = from.factors; i < defined_.factors; ++i) {
      frame.define_factor(i, *names_.factors.name(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    for (auto i = from.layouts; i < defined_.layouts; ++i) {
      frame.define_layout(i, *names_.layouts.get(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    if (auto done = flush_if(0); !done) return done;
  }
  defined_ahead_ = defined_;
  return {};
}

std::uint64_t WalWriter::beginning_bytes() {
  return fix_definitions({}) + align_up(kFrameHeaderBytes + ring_marks_.size() * kFrameRingBytes);
}

Status WalWriter::write_beginning() {
  if (auto done = write_definitions({}); !done || ring_marks_.empty()) return done;
  side_frame_.reset();
  return write_frame(side_frame_, FrameKind::kCommit, ring_marks_);
}

void WalWriter::note_marks(std::span<const RingMark> rings) {
  for (const auto& mark : rings) {
    const auto known = std::ranges::find(ring_marks_, mark.ring, &RingMark::ring);
    if (known == ring_marks_.end()) {
      ring_marks_.push_back(mark);
    } else {
      known->ordinal = std::max(known->ordinal, mark.ordinal);
    }
  }
}

void WalWriter::forget_rings(std::span<const std::uint64_t> rings) {
  std::erase_if(ring_marks_, [&](const RingMark& mark) {
    return std::ranges::find(rings, mark.ring) != rings.end();
  });
}

bool WalWriter::is_long() const noexcept { return frame_.bytes() >= kDefinitionFrameBytes; }

void WalWriter::repeat_definitions(Defined from) {
  for (auto i = from.instruments; i < defined_.instruments; ++i) {
    frame_.define_instrument(i, names_.event_time({i}), *names_.instruments.name(i));
  }
  for (auto i = from.factors; i < defined_.factors; ++i) {
    frame_.define_factor(i, *names_.factors.name(i));
  }
  for (auto i = from.layouts; i < defined_.layouts; ++i) {
    frame_.define_layout(i, *names_.layouts.get(i));
  }
}

void WalWriter::define_instrument(InstrumentHandle handle) {
  while (defined_.instruments <= handle.index) {
    if (is_long()) return write_definitions_ahead();
    const InstrumentHandle next{defined_.instruments++};
    frame_.define_instrument(next.index, names_.event_time(next),
                             *names_.instruments.name(next.index));
  }
}

void WalWriter::define_factor(FactorHandle handle) {
  while (defined_.factors <= handle.index) {
    if (is_long()) return write_definitions_ahead();
    const auto next = defined_.factors++;
    frame_.define_factor(next, *names_.factors.name(next));
  }
}

void WalWriter::define_layout(LayoutHandle handle) {
  while (defined_.layouts <= handle.index) {
    if (is_long()) return write_definitions_ahead();
    const auto next = defined_.layouts++;
    frame_.define_layout(next, *names_.layouts.get(next));
  }
}

void WalWriter::write_definitions_ahead() {
  if (!usable()) return;
  // Handles are defined in their order, so those in the unwritten frame come along.
  const auto need = fix_definitions(defined_ahead_);
  if (offset_ + need > current_.allocated_bytes) {
    (void)rotate(0);  // begins the segment with the same definitions; a failure poisons
    return;
  }
  (void)write_definitions(defined_ahead_);
}

std::uint64_t WalWriter::fix_definitions(Defined from) {
  // Senders intern ids meanwhile: what is counted here is what gets written.
  defined_ = {names_.instruments.size(), names_.factors.size(), names_.layouts.size()};
  constexpr std::uint64_t kPerDefinition = 24;  // kind, length, handle, time, and slack
  std::uint64_t total = 0;
  for (auto i = from.instruments; i < defined_.instruments; ++i) {
    total += names_.instruments.name(i)->size() + kPerDefinition;
  }
  for (auto i = from.factors; i < defined_.factors; ++i) {
    total += names_.factors.name(i)->size() + kPerDefinition;
  }
  for (auto i = from.layouts; i < defined_.layouts; ++i) {
    const auto& layout = *names_.layouts.get(i);
    total += layout.factor_text.size() + 4 * kPerDefinition;
    for (const auto* list : {&layout.fields, &layout.factors}) {
      for (const auto& name : *list) total += name.size() + kPerDefinition;
    }
  }
  const auto one =
      total + (total / kDefinitionFrameBytes + 2) * (kFrameHeaderBytes + kFrameAlignment);
  return one * kDefinitionCopies;
}

Result<PreparedSegment> WalWriter::next_segment(std::uint64_t need_bytes) {
  std::optional<std::uint64_t> small;
  if (preparing_) {
    preparing_ = false;
    auto made = preparer_->take();
    if (made.segment) {
      if (made.segment->entry.allocated_bytes >= need_bytes) {
        manifest_.segments.push_back(made.segment->entry);  // on disk already
        return std::move(made.segment);
      }
      small = made.segment->entry.number;
    } else if (!made.may_retry) {
      return std::move(made.segment);
    }
    // Otherwise the disk was full when it was prepared, say: it may have space again.
  }
  auto made = prepare_segment(files_, directory_, ++last_number_,
                              std::max(next_size(), align_up(need_bytes)));
  if (!made) return made;
  manifest_.segments.push_back(made->entry);
  if (auto done = store_manifest(files_, directory_, manifest_); !done) return done.error();
  // Only now does no manifest name it.
  if (small) (void)files_.remove(join_path(directory_, segment_name(*small)));
  return made;
}

Status WalWriter::rotate(std::uint64_t need_bytes) {
  // A segment's header is written only after its predecessor is wholly durable.
  if (auto done = sync(); !done) return done;
  const auto predecessor = current_.identity;
  // Not offset_: a frontier frame at the end is not synced, and may be gone after a power failure.
  const auto predecessor_end = durable_.offset;
  auto next = next_segment(kSegmentHeaderBytes + beginning_bytes() + need_bytes);
  if (!next) return poison(next.error());
  enter_segment(std::move(*next));
  // The definitions are durable before the header: a header without them would make the next open
  // give their handles to other names.
  if (auto done = write_beginning(); !done) return done;
  if (auto done = sync(); !done) return done;
  if (auto done = write_header(next_sequence_, predecessor, predecessor_end); !done) return done;
  if (preparer_) prepare_next();
  return {};
}

Status WalWriter::write(std::span<const RingMark> rings) {
  if (auto done = usable(); !done) return done;
  if (frame_.bytes() == repeated_bytes_ && rings.empty()) return {};
  const auto count = frame_.record_count();
  const auto need = align_up(frame_.bytes() + rings.size() * kFrameRingBytes);
  if (offset_ + need > current_.allocated_bytes) {
    if (auto done = rotate(need); !done) return done;
  }
  const auto defined_before = defined_ahead_;
  auto done = write_frame(frame_, FrameKind::kCommit, rings);
  frame_.reset();
  if (!done) return done;
  note_marks(rings);
  defined_ahead_ = defined_;
  next_sequence_ += count;
  repeat_definitions(defined_before);
  repeated_bytes_ = frame_.bytes();
  return {};
}

Status WalWriter::write_frame(FrameBuilder& frame, FrameKind kind,
                              std::span<const RingMark> rings) {
  const auto bytes =
      frame.finish(kind, current_.identity, offset_, next_sequence_, durable_, rings);
  if (bytes.size() > kFrameBytesMax) {
    return poison({Errc::kInvalidArgument,
                   "a frame of " + std::to_string(bytes.size()) + " bytes; at most " +
                       std::to_string(kFrameBytesMax) + " can be read back",
                   0});
  }
  if (auto done = file_->write_at(offset_, bytes); !done) return poison(done.error());
  offset_ += bytes.size();
  bytes_written_ += bytes.size();
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
  durable_ = {written_sequence(), offset_};
  return {};
}

Status WalWriter::write_frontier() {
  if (auto done = usable(); !done) return done;
  if (stated_.offset == durable_.offset || offset_ + kFrameHeaderBytes > current_.allocated_bytes) {
    return {};
  }
  const auto synced = has_unsynced_;
  side_frame_.reset();
  auto done = write_frame(side_frame_, FrameKind::kFrontier, {});
  has_unsynced_ = synced;  // a frontier frame is no reason for a sync
  return done;
}

Status WalWriter::close() {
  if (closed_) return {};
  if (auto done = usable(); !done) return done;
  if (auto done = write(); !done) return done;
  if (auto done = sync(); !done) return done;
  if (offset_ + kFrameHeaderBytes > current_.allocated_bytes) {
    if (auto done = rotate(kFrameHeaderBytes); !done) return done;
  }
  side_frame_.reset();
  if (auto done = write_frame(side_frame_, FrameKind::kClose, {}); !done) return done;
  if (auto done = sync(); !done) return done;
  std::optional<std::uint64_t> spare;
  if (preparing_) {
    auto next = preparer_->take();
    preparing_ = false;
    if (next.segment) spare = next.segment->entry.number;
  }
  preparer_.reset();
  manifest_.clean = true;
  manifest_.last_sequence = written_sequence();
  manifest_.last_segment_end = offset_;
  if (auto done = store_manifest(files_, directory_, manifest_); !done) return poison(done.error());
  if (spare) (void)files_.remove(join_path(directory_, segment_name(*spare)));
  file_.reset();
  closed_ = true;
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
