#include "wal/reading/log_segments.h"

namespace factorwal::wal {

ReplayStart start_at(const LogView& view, Sequence first) noexcept {
  ReplayStart start;
  if (first <= 1) return start;
  for (const auto& segment : view.segments) {
    if (segment.header_ok && segment.header.first_sequence <= first) {
      start.segment = segment.entry.number;
    }
  }
  return start;
}

GenerationStart generation_start(const ReplayStart& start) noexcept {
  return {start.segment, start.offset, start.sequence};
}

LogSegment log_segment(const SegmentView& segment) {
  LogSegment result;
  result.number = segment.entry.number;
  result.path = segment.path;
  result.identity = segment.entry.identity;
  result.missing = segment.missing;
  result.header_ok = segment.header_ok;
  result.epoch = segment.header.epoch;
  result.created_ns = segment.header.created_ns;
  result.first_sequence = segment.header.first_sequence;
  result.end = segment.end;
  result.end_known = segment.end_known;
  result.file_bytes = segment.file_bytes;
  result.allocated_bytes = segment.entry.allocated_bytes;
  result.last_generation = generation_start(segment.header.replay.last);
  result.generation_before = generation_start(segment.header.replay.before);
  return result;
}

std::vector<LogSegment> log_segments(const LogView& view) {
  std::vector<LogSegment> result;
  for (const auto& segment : view.segments) {
    if (!result.empty() && segment.header_ok) {
      result.back().last_sequence = segment.header.first_sequence - 1;
    }
    result.push_back(log_segment(segment));
  }
  if (!result.empty()) result.back().last_sequence = view.last_sequence;
  return result;
}

}  // namespace factorwal::wal
