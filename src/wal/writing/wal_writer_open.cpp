/// Opening a log for writing: what it holds, where it ends, and the segment in which it goes on.

#include <algorithm>
#include <unordered_set>

#include "wal/reading/corruption.h"
#include "wal/reading/frame_decoder.h"
#include "wal/reading/segment_reader.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::wal {
namespace {

Error refused(const Finding& finding) { return corruption_error(finding, kNothingChanged); }

}  // namespace

Result<std::unique_ptr<WalWriter>> WalWriter::open(FileSystem& files, const std::string& directory,
                                                   NameTable& names, WriterOptions options,
                                                   OpenReport& report, const Check& check) {
  auto view = look_for_log(files, directory, LockOwner::kUs);
  if (!view) return view.error();
  return open(files, directory, names, options, report, check, std::move(*view));
}

Result<std::unique_ptr<WalWriter>> WalWriter::open(FileSystem& files, const std::string& directory,
                                                   NameTable& names, WriterOptions options,
                                                   OpenReport& report, const Check& check,
                                                   std::optional<LogView> view) {
  std::unique_ptr<WalWriter> writer(new WalWriter(files, directory, names, options));
  if (view) {
    const auto* finding = first_corrupt(view->findings);
    if (finding != nullptr && options.on_corruption == OnCorruption::kRefuse && !check) {
      return refused(*finding);
    }
    writer->damaged_ = finding != nullptr;
  }
  // First of all that can fail: nothing is changed yet.
  auto preparer = SegmentPreparer::make(writer->place_);
  if (!preparer) return std::move(preparer).error();
  writer->preparer_ = std::move(*preparer);
  if (auto done = writer->start(view ? &*view : nullptr, report, check); !done) return done.error();
  return writer;
}

Status WalWriter::start(LogView* view, OpenReport& report, const Check& check) {
  if (view == nullptr) {
    if (check) {
      if (auto done = check(nullptr, ring_marks_); !done) return done;
    }
    // A manifest without segments comes first: from then on, segments without a manifest are
    // damage, never a creation that was cut short.
    manifest_.directory = random_identity(files_);
    manifest_.clean = true;
    if (auto done = store(manifest_); !done) return done;
  } else {
    manifest_.directory = view->manifest.directory;
    manifest_.epoch = view->manifest.epoch;
    bool has_content = false;
    if (!view->segments.empty()) replay_ = view->segments.back().header.replay;
    if (auto done = load_names(*view, has_content); !done) return done;
    if (check) {
      if (auto done = check(view, ring_marks_); !done) return done;
      damaged_ = damaged_ || view->corrupt();
    }
    report.findings = view->findings;
    const auto doubtful = find_end(*view, has_content);
    if (damaged_) {
      if (auto done = pass_damage(*view); !done) return done;
    }
    std::unordered_set<std::uint64_t> in_use;
    for (const auto& segment : view->segments) in_use.insert(segment.entry.number);
    for (const auto& entry : view->manifest.segments) {
      last_number_ = std::max(last_number_, entry.number);
      const bool used = entry.number != doubtful && in_use.contains(entry.number);
      // Left over from a writer that was killed: named in its manifest, without a record.
      if (!used) unused_.push_back(entry.number);
      if (used) manifest_.segments.push_back(entry);
    }
    for (const auto& segment : view->segments) {
      if (segment.entry.number != doubtful) ages_.push_back(age_of(segment));
    }
    if (!damaged_) unused_.insert(unused_.end(), view->left_over.begin(), view->left_over.end());
    next_sequence_ = end_.sequence + 1;
    if (auto done = load_tail(*view, report); !done) return done;
    next_sequence_ += skipped_;
    // A process that died may have left names that are there now and not after a power failure;
    // what comes next is built on them.
    if (auto done = files_.sync_directory(directory_); !done) return done;
  }
  manifest_.clean = false;
  ++manifest_.epoch;
  report.created = view == nullptr;
  report.clean = view == nullptr || view->clean();
  report.epoch = manifest_.epoch;

  if (auto done = continue_log(); !done) return done;
  report.last_sequence = written_sequence();
  prepare_next();
  return {};
}

/// Where the log goes on from. The number of a segment that it does not go on from although it is
/// the last; 0 if there is none.
///
/// A rotation may have been cut short right behind the segment's header: the header is there, but
/// may never have been synced, so that a power failure could still take it. Nothing but definitions
/// comes before that sync has returned; without more, the segment before is continued.
std::uint64_t WalWriter::find_end(const LogView& view, bool has_content) {
  if (view.segments.empty()) return 0;
  const auto& last = view.segments.back();
  end_ = {last.entry.number, last.entry.identity, view.frontier.offset, view.frontier.sequence};
  if (has_content || view.clean() || !last.header_ok) return 0;
  if (view.segments.size() < 2) {
    // Behind one that retention has cut it stays: it alone tells where the log is.
    if (last.header.predecessor != Identity{}) return 0;
    end_ = {};
    return last.entry.number;
  }
  const auto& before = view.segments[view.segments.size() - 2];
  end_ = {before.entry.number, before.entry.identity, last.header.predecessor_end,
          view.frontier.sequence};
  return last.entry.number;
}

// Each segment begins with all definitions and event times so far, so the last one has them all,
// unless it is damaged.
Status WalWriter::load_names(const LogView& view, bool& has_content) {
  if (view.segments.empty()) return {};
  if (!damaged_) return load_names(view.segments.back(), has_content);
  for (const auto& segment : view.segments) {
    if (segment.missing) continue;
    has_content = false;
    if (auto done = load_names(segment, has_content); !done) return done;
  }
  return {};
}

Status WalWriter::load_names(const SegmentView& segment, bool& has_content) {
  auto file = files_.open_read(segment.path);
  if (!file) return file.error();
  SegmentReader reader(**file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
  FrameDecoder decoder(names_);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) break;
    if (*step == SegmentReader::Step::kBad) {
      if (options_.on_corruption == OnCorruption::kRefuse) {
        return refused(
            {Damage::kCorrupt, segment.path, reader.offset(), 0, 0, 0, "frame does not hold"});
      }
      damaged_ = true;
      const auto more = reader.resume();
      if (!more) return more.error();
      if (!*more) break;
      reader.step_back();
      continue;
    }
    const auto& header = reader.header();
    has_content = has_content || header.record_count > 0 || header.has_state();
    if (header.record_count > 0) seen_ = std::max(seen_, header.last_sequence());
    note_marks(ring_marks_, frame_rings(reader.frame(), header));
    if (options_.names_known && !damaged_ && !header.has_state()) continue;
    decoder.start(reader.frame(), reader.header());
    const auto learned = decoder.learn();
    if (!learned && !(damaged_ && learned.error().code == Errc::kCorruption)) {
      return located(learned.error(), segment.path, reader.offset());
    }
  }  // A generation completed in this segment is newer than what its header knew.
  if (const auto& mark = decoder.generation()) replay_ = mark->replay;
  return {};
}

// No sequence is given twice, and no file is written over, whatever of the log cannot be read.
Status WalWriter::pass_damage(const LogView& view) {
  auto known = std::max(end_.sequence, view.stated_by_headers());
  const auto& last = view.segments.back();
  for (const auto& finding : view.findings) known = std::max(known, finding.last_sequence);
  if (view.clean()) known = std::max(known, view.last_sequence);
  // Records above the frontier that hold are written again, under their own sequences.
  const bool tail_holds = !last.missing && known == end_.sequence;
  if (!tail_holds) known = std::max(known, seen_);
  if (known > end_.sequence) {
    end_.sequence = known;
    tail_lost_ = true;
  }
  // What cannot be read may have held as many records as it has bytes.
  skipped_ = view.unknown_at_end;
  if (!last.header_ok && seen_ < known) skipped_ = last.entry.allocated_bytes;
  const auto names = files_.list(directory_);
  if (!names) return names.error();
  for (const auto& name : *names) {
    last_number_ = std::max(last_number_, segment_number_of(name));
  }
  return {};
}

Status WalWriter::load_tail(const LogView& view, OpenReport& report) {
  if (view.segments.empty() || view.clean() || tail_lost_) return {};
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
    const auto frame = reader.frame();
    pending_.push({Bytes(frame.begin(), frame.end()), frame.size(), header.record_count});
    next_sequence_ += header.record_count;
    if (header.record_count == 0) continue;
    if (report.rewritten_first == 0) report.rewritten_first = header.first_sequence;
    report.rewritten_last = header.last_sequence();
  }
}

}  // namespace factorwal::wal
