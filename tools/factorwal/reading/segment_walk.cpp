#include "reading/segment_walk.h"

#include <algorithm>

namespace factorwal::tool {
namespace {

constexpr std::size_t kHeadBytes = 64;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// [offset, end) without the zeros at its end; `bytes` is 0 when there is nothing else.
Result<BadPlace> trimmed(File& file, std::uint64_t offset, std::uint64_t end) {
  BadPlace place;
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

}  // namespace

Status walk_segment(FileSystem& files, const wal::SegmentView& segment, const SegmentWalk& walk) {
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  wal::SegmentReader reader(**file, segment.entry.identity, wal::kSegmentHeaderBytes, segment.end);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == wal::SegmentReader::Step::kFrame) {
      if (!walk.on_frame(reader)) return {};
      continue;
    }
    if (*step == wal::SegmentReader::Step::kEnd) break;
    const auto offset = reader.offset();
    const auto found = reader.resume();
    if (!found) return found.error();
    auto place = trimmed(**file, offset, *found ? reader.offset() : reader.end());
    if (!place) return place.error();
    if (*found || segment.end_known) {
      place->bytes = (*found ? reader.offset() : reader.end()) - offset;
    }
    if (place->bytes > 0) walk.on_bad(*place);
    if (!*found) break;
    reader.step_back();
  }
  const auto behind = trimmed(**file, segment.end, segment.file_bytes);
  if (!behind) return behind.error();
  if (behind->bytes > 0) walk.on_void(*behind);
  return {};
}

}  // namespace factorwal::tool
