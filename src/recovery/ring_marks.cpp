#include "recovery/ring_marks.h"

#include "wal/reading/frame.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::recovery {
namespace {

Status add_marks(FileSystem& files, const wal::SegmentView& segment,
                 std::vector<wal::RingMark>& marks) {
  if (segment.missing) return {};
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  wal::SegmentReader reader(**file, segment.entry.identity, wal::kSegmentHeaderBytes, segment.end);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == wal::SegmentReader::Step::kEnd) return {};
    if (*step == wal::SegmentReader::Step::kBad) {
      const auto more = reader.resume();
      if (!more) return more.error();
      if (!*more) return {};
      reader.step_back();
      continue;
    }
    wal::note_marks(marks, wal::frame_rings(reader.frame(), reader.header()));
  }
}

}  // namespace

Result<std::vector<wal::RingMark>> read_ring_marks(FileSystem& files, const wal::LogView& view) {
  std::vector<wal::RingMark> marks;
  const bool all = view.corrupt();
  for (std::size_t i = 0; i < view.segments.size(); ++i) {
    if (!all && i + 1 < view.segments.size()) continue;
    if (auto done = add_marks(files, view.segments[i], marks); !done) return done.error();
  }
  return marks;
}

}  // namespace factorwal::recovery
