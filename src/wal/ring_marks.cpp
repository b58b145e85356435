#include "wal/ring_marks.h"

#include "wal/frame.h"
#include "wal/segment_reader.h"

namespace factorwal::wal {
namespace {

Status add_marks(FileSystem& files, const SegmentView& segment, std::vector<RingMark>& marks) {
  if (segment.missing) return {};
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  SegmentReader reader(**file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) return {};
    if (*step == SegmentReader::Step::kBad) {
      const auto more = reader.resume();
      if (!more) return more.error();
      if (!*more) return {};
      reader.step_back();
      continue;
    }
    note_marks(marks, frame_rings(reader.frame(), reader.header()));
  }
}

}  // namespace

Result<std::vector<RingMark>> read_ring_marks(FileSystem& files, const LogView& view) {
  std::vector<RingMark> marks;
  const bool all = view.corrupt();
  for (std::size_t i = 0; i < view.segments.size(); ++i) {
    if (!all && i + 1 < view.segments.size()) continue;
    if (auto done = add_marks(files, view.segments[i], marks); !done) return done.error();
  }
  return marks;
}

}  // namespace factorwal::wal
