#include "recovery/ring_marks.h"

#include "wal/writing/continuation.h"

namespace factorwal::recovery {

Result<std::vector<wal::RingMark>> read_ring_marks(FileSystem& files, const wal::LogView& view) {
  if (view.segments.empty()) return std::vector<wal::RingMark>{};
  wal::NameTable names;
  wal::SegmentContents contents(names, wal::Learn::kDefinitions);
  if (auto done = contents.walk(files, view.segments.back()); !done) return done.error();
  if (auto done = wal::read_damaged_log(files, view, contents); !done) return done.error();
  return contents.marks();
}

}  // namespace factorwal::recovery
