#include "wal/reading/segment_contents.h"

#include <algorithm>

#include "wal/reading/corruption.h"
#include "wal/reading/log_view.h"

namespace factorwal::wal {

Status SegmentContents::take(ByteView frame, const FrameHeader& header, const std::string& path,
                             std::uint64_t offset) {
  has_content_ = has_content_ || header.record_count > 0 || header.has_state();
  if (header.record_count > 0) last_sequence_ = std::max(last_sequence_, header.last_sequence());
  note_marks(marks_, frame_rings(frame, header));
  const bool defines = header.has_definitions() || header.has_state();
  if (learn_ == Learn::kDefinitions && !defines) return {};
  decoder_->start(frame, header);
  const auto learned = decoder_->learn();
  if (decoder_->generation() && offset + header.length <= believed_to_) {
    generation_ = decoder_->generation();
  }
  if (learned) return {};
  if (learned.error().code != Errc::kCorruption) return located(learned.error(), path, offset);
  pass_bad_place();
  damage_.push_back({Damage::kCorrupt, path, offset, header.length, 0, 0, learned.error().message});
  return {};
}

void SegmentContents::restart(Learn learn) { *this = SegmentContents(*names_, learn); }

Status SegmentContents::walk(FileSystem& files, const SegmentView& segment) {
  if (segment.missing) return {};
  has_content_ = false;
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  SegmentReader reader(**file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) return {};
    if (*step == SegmentReader::Step::kFrame) {
      if (auto done = take(reader.frame(), reader.header(), segment.path, reader.offset()); !done) {
        return done;
      }
      continue;
    }
    pass_bad_place();
    damage_.push_back(
        {Damage::kCorrupt, segment.path, reader.offset(), 0, 0, 0, "frame does not hold"});
    const auto more = reader.resume();
    if (!more) return more.error();
    if (!*more) return {};
    reader.step_back();
  }
}

}  // namespace factorwal::wal
