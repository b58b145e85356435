#include "factorwal/segment_walk.h"

#include <algorithm>

#include "base/caught_error.h"
#include "wal/reading/frame_decoder.h"
#include "wal/reading/log_segments.h"
#include "wal/reading/segment_reader.h"

namespace factorwal {
namespace {

constexpr std::size_t kHeadBytes = 64;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// [offset, end) without the zeros at its end; `bytes` is 0 when there is nothing else.
Result<FoundBytes> trimmed(File& file, std::uint64_t offset, std::uint64_t end) {
  FoundBytes place;
  place.offset = offset;
  Bytes block(kBlockBytes);
  for (auto at = offset; at < end;) {
    const auto want = std::min<std::uint64_t>(kBlockBytes, end - at);
    const auto part = std::span(block).first(static_cast<std::size_t>(want));
    const auto count = file.read_at(at, part);
    if (!count) return count.error();
    if (*count == 0) break;
    const auto held = part.first(*count);
    const auto last = std::find_if(held.rbegin(), held.rend(),
                                   [](std::byte byte) { return byte != std::byte{0}; });
    if (last != held.rend()) {
      place.bytes = at - offset + static_cast<std::uint64_t>(held.rend() - last);
    }
    if (at == offset) {
      const auto head = held.first(std::min(held.size(), kHeadBytes));
      place.head.assign(head.begin(), head.end());
    }
    at += *count;
  }
  place.head.resize(
      static_cast<std::size_t>(std::min<std::uint64_t>(place.head.size(), place.bytes)));
  return place;
}

/// What a segment file says of itself: its manifest is not looked at.
Result<wal::SegmentView> lone_segment(FileSystem& files, const std::string& path) {
  auto file = files.open_read(path);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  wal::SegmentView segment;
  segment.path = path;
  segment.file_bytes = segment.end = *size;
  const auto fault = wal::load_segment_header(**file, segment.header);
  if (!fault) return fault.error();
  switch (*fault) {
    case wal::HeaderFault::kNone: break;
    case wal::HeaderFault::kEmpty:
      return Error{Errc::kNotFound, path + ": its header is empty: prepared and not used yet", 0};
    case wal::HeaderFault::kNewerVersion:
      return Error{Errc::kUnsupportedVersion, path + ": written by a newer release; use that one",
                   0};
    case wal::HeaderFault::kBad:
      return Error{Errc::kCorruption,
                   path +
                       ": no segment, or its header is damaged: without its identity no frame "
                       "can be checked",
                   0};
  }
  segment.header_ok = true;
  segment.entry = {segment.header.number, segment.header.identity, segment.header.allocated_bytes};
  return segment;
}

FoundFrame found_frame(const wal::SegmentReader& reader) {
  const auto& header = reader.header();
  FoundFrame frame{reader.offset(),
                   header.length,
                   static_cast<FoundFrameKind>(header.kind),
                   header.first_sequence,
                   header.record_count,
                   header.record_bytes,
                   header.frontier.sequence,
                   header.frontier.offset,
                   header.has_definitions(),
                   header.has_state(),
                   {}};
  for (const auto& mark : wal::frame_rings(reader.frame(), header)) {
    frame.rings.push_back({mark.ring, mark.ordinal});
  }
  return frame;
}

}  // namespace

struct SegmentWalk::State {
  State(FileSystem& of, wal::LogView look) : files(of), view(std::move(look)), decoder(names) {
    segments = wal::log_segments(view);
  }
  [[nodiscard]] const wal::SegmentView& segment() const { return view.segments[at]; }
  [[nodiscard]] Result<Step> next();
  [[nodiscard]] Result<Step> take_frame();
  [[nodiscard]] Result<bool> take_bad();
  [[nodiscard]] Result<Step> take_void();
  /// Later frames refer to what this one defines, also when not all its records are asked for.
  void learn_rest();

  FileSystem& files;
  wal::LogView view;
  std::vector<LogSegment> segments;
  std::size_t at = 0;
  std::size_t next_at = 0;
  std::unique_ptr<File> file;
  std::optional<wal::SegmentReader> reader;  // nothing behind the frames
  bool behind = false;
  FoundFrame frame;
  FoundBytes place;
  wal::NameTable names;
  wal::FrameDecoder decoder;
  bool started = false;  // the decoder, with the frame at hand
  bool untaken = false;  // the frame at hand has definitions that were not all read
};

Result<SegmentWalk::Step> SegmentWalk::State::next() {
  if (untaken) learn_rest();
  if (behind) return Step::kEnd;
  if (!file) {
    auto opened = files.open_read(segment().path);
    if (!opened) return opened.error();
    file = std::move(*opened);
    reader.emplace(*file, segment().entry.identity, wal::kSegmentHeaderBytes, segment().end);
  }
  while (reader) {
    const auto step = reader->next();
    if (!step) return step.error();
    if (*step == wal::SegmentReader::Step::kFrame) return take_frame();
    if (*step == wal::SegmentReader::Step::kEnd) break;
    const auto told = take_bad();
    if (!told) return told.error();
    if (*told) return Step::kBad;
  }
  return take_void();
}

Result<SegmentWalk::Step> SegmentWalk::State::take_frame() {
  frame = found_frame(*reader);
  started = false;
  untaken = frame.has_definitions;
  return Step::kFrame;
}

/// Whether there is something to tell. Afterwards the reader is at the next frame, or gone.
Result<bool> SegmentWalk::State::take_bad() {
  const auto offset = reader->offset();
  const auto found = reader->resume();
  if (!found) return found.error();
  const auto end = *found ? reader->offset() : reader->end();
  auto bad = trimmed(*file, offset, end);
  if (!bad) return bad.error();
  place = std::move(*bad);
  if (*found || segment().end_known) place.bytes = end - offset;
  if (*found) {
    reader->step_back();
  } else {
    reader.reset();
  }
  return place.bytes > 0;
}

Result<SegmentWalk::Step> SegmentWalk::State::take_void() {
  behind = true;
  auto found = trimmed(*file, segment().end, segment().file_bytes);
  if (!found) return found.error();
  place = std::move(*found);
  return place.bytes > 0 ? Step::kVoid : Step::kEnd;
}

void SegmentWalk::State::learn_rest() {
  untaken = false;
  if (!started) decoder.start(reader->frame(), reader->header());
  (void)decoder.learn();  // what does not hold there is told to whoever asks for its records
}

SegmentWalk::SegmentWalk(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentWalk::SegmentWalk(SegmentWalk&&) noexcept = default;
SegmentWalk& SegmentWalk::operator=(SegmentWalk&&) noexcept = default;
SegmentWalk::~SegmentWalk() = default;

Result<SegmentWalk> SegmentWalk::open(const std::string& directory) try {
  auto& files = posix_file_system();
  auto view = wal::open_log_view(files, directory);
  if (!view) return view.error();
  return SegmentWalk(std::make_unique<State>(files, std::move(*view)));
} catch (...) {
  return caught_error();
}

Result<SegmentWalk> SegmentWalk::open_file(const std::string& path) try {
  auto& files = posix_file_system();
  auto segment = lone_segment(files, path);
  if (!segment) return segment.error();
  wal::LogView view;
  view.segments.push_back(std::move(*segment));
  return SegmentWalk(std::make_unique<State>(files, std::move(view)));
} catch (...) {
  return caught_error();
}

const std::vector<LogSegment>& SegmentWalk::segments() const noexcept { return state_->segments; }

const std::vector<Finding>& SegmentWalk::findings() const noexcept { return state_->view.findings; }

bool SegmentWalk::next_segment() {
  auto& s = *state_;
  if (s.untaken) s.learn_rest();
  while (s.next_at < s.segments.size() && s.segments[s.next_at].missing) ++s.next_at;
  if (s.next_at == s.segments.size()) return false;
  s.at = s.next_at++;
  s.reader.reset();
  s.file.reset();
  s.behind = false;
  return true;
}

const LogSegment& SegmentWalk::segment() const noexcept { return state_->segments[state_->at]; }

Result<SegmentWalk::Step> SegmentWalk::next() try { return state_->next(); } catch (...) {
  return caught_error();
}

const FoundFrame& SegmentWalk::frame() const noexcept { return state_->frame; }

const FoundBytes& SegmentWalk::place() const noexcept { return state_->place; }

Result<bool> SegmentWalk::next_record(LogRecord& record) try {
  auto& s = *state_;
  if (!s.started) {
    s.decoder.start(s.reader->frame(), s.reader->header());
    s.started = true;
  }
  auto found = s.decoder.next(record);
  if (!found || !*found) s.untaken = false;
  return found;
} catch (...) {
  return caught_error();
}

std::string_view to_string(FoundFrameKind kind) noexcept {
  switch (kind) {
    case FoundFrameKind::kCommit: return "commit";
    case FoundFrameKind::kFrontier: return "frontier";
    case FoundFrameKind::kClose: return "close";
  }
  return "unknown";
}

}  // namespace factorwal
