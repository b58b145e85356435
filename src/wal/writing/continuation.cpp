#include "wal/writing/continuation.h"

#include <algorithm>
#include <unordered_set>

#include "wal/reading/corruption.h"

namespace factorwal::wal {
namespace {

/// Where the log goes on from. The number of a segment that it does not go on from although it is
/// the last; 0 if there is none.
///
/// A rotation may have been cut short right behind the segment's header: the header is there, but
/// may never have been synced, so that a power failure could still take it. Nothing but definitions
/// comes before that sync has returned; without more, the segment before is continued.
std::uint64_t find_end(const LogView& view, bool has_content, LogEnd& end) {
  if (view.segments.empty()) return 0;
  const auto& last = view.segments.back();
  end = {last.entry.number, last.entry.identity, view.frontier.offset, view.frontier.sequence};
  if (has_content || view.clean() || !last.header_ok) return 0;
  if (view.segments.size() < 2) {
    // Behind one that retention has cut it stays: it alone tells where the log is.
    if (last.header.predecessor != Identity{}) return 0;
    end = {};
    return last.entry.number;
  }
  const auto& before = view.segments[view.segments.size() - 2];
  end = {before.entry.number, before.entry.identity, last.header.predecessor_end,
         view.frontier.sequence};
  return last.entry.number;
}

/// No sequence is given twice, and no file is written over, whatever of the log cannot be read.
/// Whether its end is lost, so that nothing behind it can be written again.
Result<bool> pass_damage(FileSystem& files, const LogView& view, Sequence seen,
                         Continuation& next) {
  auto known = std::max(next.end.sequence, view.stated_by_headers());
  const auto& last = view.segments.back();
  for (const auto& finding : view.findings) known = std::max(known, finding.last_sequence);
  if (view.clean()) known = std::max(known, view.last_sequence);
  // Records above the frontier that hold are written again, under their own sequences.
  const bool tail_holds = !last.missing && known == next.end.sequence;
  if (!tail_holds) known = std::max(known, seen);
  const bool end_is_lost = known > next.end.sequence;
  next.end.sequence = known;
  // What cannot be read may have held as many records as it has bytes.
  next.skipped = view.unknown_at_end;
  if (!last.header_ok && seen < known) next.skipped = last.entry.allocated_bytes;
  const auto names = files.list(view.directory);
  if (!names) return names.error();
  for (const auto& name : *names) {
    next.last_number = std::max(next.last_number, segment_number_of(name));
  }
  return end_is_lost;
}

void find_segments(const LogView& view, std::uint64_t doubtful, Continuation& next) {
  std::unordered_set<std::uint64_t> in_use;
  for (const auto& segment : view.segments) in_use.insert(segment.entry.number);
  for (const auto& entry : view.manifest.segments) {
    next.last_number = std::max(next.last_number, entry.number);
    const bool used = entry.number != doubtful && in_use.contains(entry.number);
    // Left over from a writer that was killed: named in its manifest, without a record.
    if (used) {
      next.segments.push_back(entry);
    } else {
      next.unused.push_back(entry.number);
    }
  }
  for (const auto& segment : view.segments) {
    if (segment.entry.number != doubtful) next.ages.push_back(age_of(segment));
  }
  if (next.damaged) return;
  next.unused.insert(next.unused.end(), view.left_over.begin(), view.left_over.end());
}

}  // namespace

Status read_damaged_log(FileSystem& files, const LogView& view, SegmentContents& contents) {
  if (!view.corrupt() && contents.damage().empty()) return {};
  contents.restart(Learn::kAll);
  for (const auto& segment : view.segments) {
    if (auto done = contents.walk(files, segment); !done) return done;
  }
  return {};
}

Result<Continuation> plan_continuation(FileSystem& files, const LogView* view,
                                       const SegmentContents& contents) {
  Continuation next;
  if (view == nullptr) return next;
  next.created = false;
  next.clean = view->clean();
  next.damaged = view->corrupt() || !contents.damage().empty();
  next.directory = view->manifest.directory;
  next.epoch = view->manifest.epoch;
  next.marks = contents.marks();
  if (!view->segments.empty()) next.replay = view->segments.back().header.replay;
  // A generation completed in this segment is newer than what its header knew.
  if (const auto& mark = contents.generation()) next.replay = mark->replay;
  const auto doubtful = find_end(*view, contents.has_content(), next.end);
  bool end_is_lost = false;
  if (next.damaged && !view->segments.empty()) {
    const auto passed = pass_damage(files, *view, contents.last_sequence(), next);
    if (!passed) return passed.error();
    end_is_lost = *passed;
  }
  find_segments(*view, doubtful, next);
  if (view->segments.empty() || view->clean() || end_is_lost) return next;
  const auto& last = view->segments.back();
  next.doubtful = {last.path, last.entry.identity, view->frontier.offset, last.end};
  return next;
}

}  // namespace factorwal::wal
