#include "wal/reading/log_reader.h"

#include <algorithm>

#include "wal/reading/corruption.h"
#include "wal/reading/index_builder.h"

namespace factorwal::wal {

LogReader::LogReader(FileSystem& files, LogView view, NameTable& names, const ReplayStart& start)
    : files_(files),
      view_(std::move(view)),
      names_(names),
      decoder_(names),
      scanner_(names),
      findings_(view_.findings),
      start_(start.sequence) {
  while (segment_ < view_.segments.size() &&
         view_.segments[segment_].entry.number < start.segment) {
    ++segment_;
  }
  const bool there = segment_ < view_.segments.size();
  expected_ = there && view_.segments[segment_].header_ok
                  ? view_.segments[segment_].header.first_sequence
                  : 1;
  if (there && start.offset != 0 && view_.segments[segment_].entry.number == start.segment) {
    offset_ = std::min(start.offset, view_.segments[segment_].end);
    expected_ = start.sequence;
  }
}

bool LogReader::corrupt() const noexcept { return first_corrupt(findings_) != nullptr; }

void LogReader::add_finding(std::uint64_t offset, std::uint64_t bytes, Sequence first,
                            Sequence last, std::string what) {
  // The look at the tail has met the same place already.
  for (const auto& known : findings_) {
    if (known.file == segment().path && known.offset == offset) return;
  }
  if (last < first) first = last = 0;
  findings_.push_back(
      {Damage::kCorrupt, segment().path, offset, bytes, first, last, std::move(what)});
}

Result<bool> LogReader::open_segment() {
  while (segment_ < view_.segments.size()) {
    const auto& segment = view_.segments[segment_];
    if (!segment.missing) {
      auto file = files_.open_read(segment.path);
      if (!file) {
        if (file.error().code != Errc::kNotFound) return file.error();
        const auto cut = was_cut(segment);
        if (!cut) return cut.error();
        if (!*cut) return file.error();
        if (auto done = look_behind_cut_end(); !done) return done.error();
        pass_over_cut();
        continue;
      }
      file_ = std::move(*file);
      reader_ = std::make_unique<SegmentReader>(
          *file_, segment.entry.identity, std::exchange(offset_, kSegmentHeaderBytes), segment.end);
      if (heads_only_) reader_->read_heads_only();
      index_ = wants_ ? load_index(files_, view_, segment_) : std::nullopt;
      return true;
    }
    ++segment_;
  }
  return false;
}

void LogReader::pass_groups() {
  if (!index_) return;
  const auto* const first = index_->at(reader_->next_offset());
  if (first == nullptr) return;
  const auto* const end = index_->groups.data() + index_->groups.size();
  const auto behind = [&](const FrameGroup* group) {
    return group + 1 == end ? index_->next_sequence : group[1].first_sequence;
  };
  const auto* next = first;
  while (next != end && !wants_(*next, behind(next))) ++next;
  if (next == first) return;
  expected_ = std::max(expected_, behind(next - 1));
  reader_->seek(next == end ? index_->end : next->offset);
}

Result<bool> LogReader::was_cut(const SegmentView& segment) {
  const auto now = load_manifest(files_, view_.directory);
  if (!now) return now.error();
  if (now->directory != view_.manifest.directory) return false;
  const auto named = std::ranges::any_of(
      now->segments, [&](const auto& entry) { return entry.identity == segment.entry.identity; });
  // The last one, without a record: its open has added nothing and is closed by now.
  const bool bare = &segment == &view_.segments.back() && view_.last_sequence < expected_;
  return !named &&
         (bare || (!now->segments.empty() && segment.entry.number < now->segments.front().number));
}

Status LogReader::look_behind_cut_end() {
  if (segment_ + 1 < view_.segments.size() || view_.last_sequence < expected_) return {};
  auto now = open_log_view(files_, view_.directory);
  if (!now) return now.error();
  for (auto& later : now->segments) {
    if (later.entry.number <= segment().entry.number || !later.header_ok) continue;
    if (later.header.first_sequence > view_.last_sequence) break;
    view_.segments.push_back(std::move(later));
    reads_beyond_view_ = true;
  }
  return {};
}

bool LogReader::is_newer_than_view() const {
  const auto& header = reader_->header();
  return reads_beyond_view_ && header.record_count > 0 &&
         header.first_sequence > view_.last_sequence;
}

void LogReader::pass_over_cut() {
  const bool is_last = segment_ + 1 == view_.segments.size();
  const auto next = is_last
                        ? view_.last_sequence + 1
                        : std::max(expected_, view_.segments[segment_ + 1].header.first_sequence);
  const auto first = std::max(expected_, wanted_first_);
  const auto last = std::min(next - 1, wanted_last_);
  if (first <= last) {
    if (!cut_.any()) cut_.first = first;
    cut_.last = last;
    cut_.records += last - first + 1;
  }
  expected_ = std::max(expected_, next);
  repeats_allowed_ = false;
  ++segment_;
}

Result<bool> LogReader::skip_damage() {
  const auto offset = reader_->offset();
  const auto found = reader_->resume();
  if (!found) return found.error();
  const auto end = *found ? reader_->offset() : segment().end;
  auto last = *found ? reader_->header().first_sequence - 1 : Sequence{0};
  if (!*found && segment_ + 1 == view_.segments.size() && view_.clean()) {
    last = view_.last_sequence;
  }
  add_finding(offset, end - offset, expected_, last, "frame does not hold");
  if (*found) {
    reader_->step_back();
    const auto next = reader_->header().first_sequence;
    if (next > expected_) lost_records_ += next - expected_;
    expected_ = std::max(expected_, next);
  }
  return *found;
}

void LogReader::check_sequence() {
  const auto& header = reader_->header();
  if (header.first_sequence > expected_) {
    add_finding(reader_->offset(), 0, expected_, header.first_sequence - 1,
                "records before this frame are missing");
    lost_records_ += header.first_sequence - expected_;
  }
  // Frames without records do not take it back: those that begin a segment may follow void frames.
  expected_ = std::max(expected_, header.last_sequence() + 1);
}

bool LogReader::take_frame() {
  const auto& header = reader_->header();
  // Not durable then, written again in the next segment.
  const bool has_content = header.record_count > 0 || header.has_state();
  if (has_content && header.first_sequence < start_) return false;
  if (header.record_count > 0 && header.first_sequence < expected_) {
    // The predecessor's end is not known, so that its void frames were read: this one holds the
    // same records again. Anything else is not what a writer does.
    if (!repeats_allowed_ || header.last_sequence() >= expected_) {
      add_finding(reader_->offset(), header.length, header.first_sequence, header.last_sequence(),
                  "frame repeats sequences");
    }
    return false;
  }
  check_sequence();
  ++frame_count_;
  byte_count_ += header.length;
  return true;
}

Result<bool> LogReader::next_frame() { return next_readable_frame(false); }

Result<bool> LogReader::next_readable_frame(bool with_damaged_chunks) {
  for (;;) {
    if (!reader_) {
      const auto opened = open_segment();
      if (!opened) return opened.error();
      if (!*opened) return false;
    }
    pass_groups();
    const auto step = reader_->next();
    if (!step) return step.error();
    const bool damaged_chunks =
        *step == SegmentReader::Step::kBad && with_damaged_chunks && reader_->at_damaged_chunks();
    if (damaged_chunks) reader_->pass();
    if (*step == SegmentReader::Step::kFrame || damaged_chunks) {
      if (is_newer_than_view()) {
        segment_ = view_.segments.size();
        reader_.reset();
        file_.reset();
        return false;
      }
      if (take_frame()) return true;
      continue;
    }
    if (*step == SegmentReader::Step::kBad) {
      const auto found = skip_damage();
      if (!found) return found.error();
      if (*found) continue;
    } else if (segment().end_known && reader_->end() < segment().end) {
      add_finding(reader_->end(), segment().end - reader_->end(), expected_, 0,
                  "file ends before its frames do");
    }
    repeats_allowed_ = !segment().end_known;
    reader_.reset();
    file_.reset();
    ++segment_;
  }
}

void LogReader::tell_lost() {
  for (; told_ < decoder_.lost().size(); ++told_) {
    const auto& lost = decoder_.lost()[told_];
    const auto place = static_cast<std::uint64_t>(lost.chunk.data() - reader_->frame().data());
    tell_lost(reader_->offset() + place, lost.chunk.size(), lost);
  }
}

void LogReader::tell_lost(std::size_t chunk, const LostRows& lost) {
  tell_lost(chunks_.offset(chunk), chunks_.bytes(chunk), lost);
}

void LogReader::tell_lost(std::uint64_t offset, std::uint64_t bytes, const LostRows& lost) {
  lost_records_ += lost.rows;
  add_finding(offset, bytes, lost.first, lost.last,
              "chunk does not hold: " + std::to_string(lost.rows) + " records of " + lost.series);
}

Result<bool> LogReader::decode_next(LogRecord& record) {
  const auto found = decoder_.next(record);
  tell_lost();
  if (const auto& mark = decoder_.generation(); mark && mark->generation != generation_seen_) {
    generation_seen_ = mark->generation;
    lost_before_generation_ = lost_records_;
  }
  if (found && *found) return true;
  in_frame_ = false;
  if (found) return false;
  if (auto done = give_up_frame(found.error()); !done) return done.error();
  return false;
}

Status LogReader::give_up_frame(const Error& error) {
  in_frame_ = false;
  if (error.code != Errc::kCorruption) return located(error, segment().path, reader_->offset());
  const auto& header = reader_->header();
  lost_records_ += header.record_count;  // at most: some of them may have been given
  add_finding(reader_->offset(), header.length, header.first_sequence, header.last_sequence(),
              error.message);
  return {};
}

Result<bool> LogReader::pass_to(Sequence sequence) {
  for (;;) {
    auto found = next_readable_frame(true);
    if (!found || !*found) return found;
    const auto& header = reader_->header();
    if (header.record_count > 0 && header.last_sequence() >= sequence) {
      start_frame();
      return true;
    }
    if (!header.has_definitions()) continue;
    decoder_.start(reader_->frame(), header, segment().entry.number);
    if (const auto learned = decoder_.learn(); !learned) {
      if (auto done = give_up_frame(learned.error()); !done) return done.error();
    }
  }
}

Result<FrameDecoder::Part> LogReader::next_part(LogRecord& record) {
  for (;;) {
    if (!in_frame_) {
      const auto found = next_readable_frame(true);
      if (!found) return found.error();
      if (!*found) return FrameDecoder::Part::kEnd;
      decoder_.start_parts(reader_->frame(), reader_->header());
      chunks_.start(reader_->file(), reader_->offset(), reader_->frame(), reader_->header());
      in_frame_ = true;
    }
    auto part = decoder_.next_part(record);
    if (part && *part != FrameDecoder::Part::kEnd) return part;
    in_frame_ = false;
    if (part) continue;
    if (auto done = give_up_frame(part.error()); !done) return done.error();
  }
}

void LogReader::start_frame() {
  decoder_.start(reader_->frame(), reader_->header(), segment().entry.number);
  in_frame_ = true;
  told_ = 0;
}

Result<bool> LogReader::next(LogRecord& record) {
  if (decoder_.next_of_block(record)) return true;
  for (;;) {
    if (!in_frame_) {
      auto found = next_readable_frame(true);
      if (!found || !*found) return found;
      start_frame();
    }
    auto found = decode_next(record);
    if (!found || *found) return found;
  }
}

Result<bool> LogReader::next_outline(LogRecord& record) {
  for (;;) {
    if (scanned_ < scanner_.records().size()) {
      const auto& scanned = scanner_.records()[scanned_];
      record = LogRecord{};
      record.type = scanned.type;
      record.sequence = reader_->header().first_sequence + scanned_++;
      record.instrument = scanned.instrument;
      if (scanned.instrument.valid()) {
        record.instrument_id = names_.instruments.name(scanned.instrument.index).value_or("");
      }
      if (scanned.type == RecordType::kTick) {
        record.layout_handle = scanned.layout;
        record.layout = scanner_.layout(scanned.layout);
        record.tick_number = scanned.tick_number;
      }
      return true;
    }
    if (in_frame_) {
      auto found = decode_next(record);
      if (!found || *found) return found;
    }
    auto found = next_readable_frame(true);
    if (!found || !*found) return found;
    scanned_ = 0;
    if (scanner_.scan(reader_->frame(), reader_->header())) continue;
    scanned_ = scanner_.records().size();
    start_frame();
  }
}

}  // namespace factorwal::wal
