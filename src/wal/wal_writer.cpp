#include "wal/wal_writer.h"

#include <algorithm>

#include "base/check.h"
#include "wal/frame_decoder.h"
#include "wal/segment_reader.h"

namespace factorwal::wal {
namespace {

constexpr std::size_t kDefinitionFrameBytes = std::size_t{1} << 20;

Error corruption_error(const Finding& finding) {
  std::string message =
      finding.file + ", offset " + std::to_string(finding.offset) + ": " + finding.what;
  if (finding.first_sequence != 0) {
    message += " (records from " + std::to_string(finding.first_sequence);
    if (finding.last_sequence != 0) message += " to " + std::to_string(finding.last_sequence);
    message += ")";
  }
  message += "; nothing was changed; `factorwal verify` lists all damage";
  return Error{Errc::kCorruption, std::move(message), 0};
}

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
                                                   OpenReport& report) {
  std::unique_ptr<WalWriter> writer(new WalWriter(files, directory, names, options));
  auto view = open_log_view(files, directory);
  if (!view && view.error().code != Errc::kNotFound) return view.error();
  if (view) {
    report.findings = view->findings;
    for (const auto& finding : view->findings) {
      if (finding.damage == Damage::kCorrupt) return corruption_error(finding);
    }
  }
  if (auto done = writer->start(view ? &*view : nullptr, report); !done) return done.error();
  return writer;
}

Status WalWriter::start(const LogView* view, OpenReport& report) {
  manifest_.directory = view != nullptr ? view->manifest.directory : random_identity();
  manifest_.epoch = view != nullptr ? view->manifest.epoch + 1 : 1;
  Identity predecessor{};
  std::uint64_t predecessor_end = 0;
  std::vector<ManifestSegment> unused;
  if (view != nullptr) {
    if (!view->segments.empty()) replay_start_ = view->segments.back().header.replay_start;
    if (auto done = load_names(*view); !done) return done;
    for (const auto& entry : view->manifest.segments) {
      last_number_ = std::max(last_number_, entry.number);
      const bool used = std::any_of(view->segments.begin(), view->segments.end(),
                                    [&](const auto& s) { return s.entry.number == entry.number; });
      (used ? manifest_.segments : unused).push_back(entry);
    }
    next_sequence_ = view->frontier.sequence + 1;
    if (!view->segments.empty()) {
      const auto& last = view->segments.back();
      predecessor = last.entry.identity;
      predecessor_end = view->frontier.offset;
    }
  }
  report.created = view == nullptr;
  report.clean = view == nullptr || view->clean();
  report.epoch = manifest_.epoch;

  auto first = next_segment(kSegmentHeaderBytes + definition_bytes());
  if (!first) return first.error();
  if (replay_start_ == 0) replay_start_ = manifest_.segments.front().number;
  if (auto done = begin_segment(std::move(*first), predecessor, predecessor_end); !done)
    return done;
  if (view != nullptr) {
    if (auto done = rewrite_tail(*view, report); !done) return done;
  }
  // Definitions, and what was re-written, are durable before anything new is accepted.
  if (auto done = sync(); !done) return done;
  report.last_sequence = written_sequence();
  for (const auto& entry : unused) {
    // Left over from a writer that was killed: named in its manifest, never written to.
    (void)files_.remove(join_path(directory_, segment_name(entry.number)));
  }
  preparer_ = std::make_unique<SegmentPreparer>(files_, directory_);
  prepare_next();
  return {};
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
      return corruption_error(
          {Damage::kCorrupt, last.path, reader.offset(), 0, 0, 0, "frame does not hold"});
    }
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
      return corruption_error({Damage::kCorrupt, last.path, reader.offset(), 0, next_sequence_, 0,
                               "frame cannot be read a second time"});
    }
    const auto& header = reader.header();
    if (header.record_bytes == 0) continue;
    if (header.first_sequence != next_sequence_) {
      return corruption_error({Damage::kCorrupt, last.path, reader.offset(), 0, next_sequence_, 0,
                               "frames do not follow each other"});
    }
    if (header.record_count > 0 && report.rewritten_first == 0) {
      report.rewritten_first = header.first_sequence;
    }
    frame_.copy_records(frame_records(reader.frame(), header), header.record_count, header.flags);
    const auto rings = frame_rings(reader.frame(), header);
    if (auto done = write(rings); !done) return done;
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

Status WalWriter::begin_segment(PreparedSegment next, const Identity& predecessor,
                                std::uint64_t predecessor_end) {
  SegmentHeader header;
  header.directory = manifest_.directory;
  header.identity = next.entry.identity;
  header.number = next.entry.number;
  header.epoch = manifest_.epoch;
  header.allocated_bytes = next.entry.allocated_bytes;
  header.first_sequence = next_sequence_;
  header.predecessor = predecessor;
  header.predecessor_end = predecessor_end;
  header.replay_start = replay_start_;
  file_ = std::move(next.file);
  current_ = next.entry;
  offset_ = kSegmentHeaderBytes;
  // The header is durable before any frame: it is what makes the predecessor's end known.
  if (auto done = file_->write_at(0, encode_segment_header(header)); !done)
    return poison(done.error());
  if (auto done = file_->sync(); !done) return poison(done.error());
  ++sync_count_;
  durable_ = {written_sequence(), offset_};
  stated_ = durable_;
  return write_definitions();
}

Status WalWriter::write_definitions() {
  defined_instruments_ = names_.instruments.size();
  defined_factors_ = names_.factors.size();
  defined_layouts_ = names_.layouts.size();
  auto& frame = side_frame_;
  frame.reset();
  const auto flush_if = [&](std::size_t limit) -> Status {
    if (frame.empty() || frame.bytes() < limit) return {};
    auto done = write_frame(frame, FrameKind::kCommit, {});
    frame.reset();
    return done;
  };
  for (std::uint32_t i = 0; i < defined_instruments_; ++i) {
    frame.define_instrument(i, names_.event_time({i}), *names_.instruments.name(i));
    if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
  }
  for (std::uint32_t i = 0; i < defined_factors_; ++i) {
    frame.define_factor(i, *names_.factors.name(i));
    if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
  }
  for (std::uint32_t i = 0; i < defined_layouts_; ++i) {
    frame.define_layout(i, *names_.layouts.get(i));
    if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
  }
  return flush_if(0);
}

void WalWriter::define_instrument(InstrumentHandle handle) {
  for (; defined_instruments_ <= handle.index; ++defined_instruments_) {
    const InstrumentHandle next{defined_instruments_};
    frame_.define_instrument(next.index, names_.event_time(next),
                             *names_.instruments.name(next.index));
  }
}

void WalWriter::define_factor(FactorHandle handle) {
  for (; defined_factors_ <= handle.index; ++defined_factors_) {
    frame_.define_factor(defined_factors_, *names_.factors.name(defined_factors_));
  }
}

void WalWriter::define_layout(LayoutHandle handle) {
  for (; defined_layouts_ <= handle.index; ++defined_layouts_) {
    frame_.define_layout(defined_layouts_, *names_.layouts.get(defined_layouts_));
  }
}

std::uint64_t WalWriter::definition_bytes() const {
  constexpr std::uint64_t kPerDefinition = 24;  // kind, length, handle, time, and slack
  std::uint64_t total = 0;
  for (const auto* table : {&names_.instruments, &names_.factors}) {
    for (std::uint32_t i = 0; i < table->size(); ++i)
      total += table->name(i)->size() + kPerDefinition;
  }
  for (std::uint32_t i = 0; i < names_.layouts.size(); ++i) {
    const auto& layout = *names_.layouts.get(i);
    total += layout.factor_text.size() + 4 * kPerDefinition;
    for (const auto* list : {&layout.fields, &layout.factors}) {
      for (const auto& name : *list) total += name.size() + kPerDefinition;
    }
  }
  return total + (total / kDefinitionFrameBytes + 2) * (kFrameHeaderBytes + kFrameAlignment);
}

Result<PreparedSegment> WalWriter::next_segment(std::uint64_t need_bytes) {
  std::optional<std::uint64_t> small;
  if (preparing_) {
    preparing_ = false;
    auto made = preparer_->take();
    if (!made) return made;
    if (made->entry.allocated_bytes >= need_bytes) {
      manifest_.segments.push_back(made->entry);  // on disk already
      return made;
    }
    small = made->entry.number;
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
  // A segment's first frame is written only after its predecessor is wholly durable.
  if (auto done = sync(); !done) return done;
  const auto predecessor = current_.identity;
  const auto predecessor_end = offset_;
  auto next = next_segment(kSegmentHeaderBytes + definition_bytes() + need_bytes);
  if (!next) return poison(next.error());
  if (auto done = begin_segment(std::move(*next), predecessor, predecessor_end); !done) return done;
  if (preparer_) prepare_next();
  return {};
}

Status WalWriter::write(std::span<const RingMark> rings) {
  if (auto done = usable(); !done) return done;
  if (frame_.empty() && rings.empty()) return {};
  const auto count = frame_.record_count();
  const auto need = align_up(frame_.bytes() + rings.size() * kFrameRingBytes);
  if (offset_ + need > current_.allocated_bytes) {
    if (auto done = rotate(need); !done) return done;
  }
  auto done = write_frame(frame_, FrameKind::kCommit, rings);
  frame_.reset();
  if (!done) return done;
  next_sequence_ += count;
  return {};
}

Status WalWriter::write_frame(FrameBuilder& frame, FrameKind kind,
                              std::span<const RingMark> rings) {
  const auto bytes =
      frame.finish(kind, current_.identity, offset_, next_sequence_, durable_, rings);
  FACTORWAL_CHECK(bytes.size() <= kFrameBytesMax);
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
  if (!frame_.empty()) {
    if (auto done = write(); !done) return done;
  }
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
    if (next) spare = next->entry.number;
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
