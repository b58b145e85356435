#include "wal/reading/segment_reader.h"

#include <algorithm>

namespace factorwal::wal {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
/// Of heads so many bytes are read at once, or as many as the last head had and some more.
constexpr std::size_t kHeadBytes = std::size_t{4} << 10;
constexpr std::size_t kSearchBytes = std::size_t{64} << 10;

}  // namespace

SegmentReader::SegmentReader(File& file, const Identity& identity, std::uint64_t offset,
                             std::uint64_t end)
    : file_(file),
      identity_(identity),
      offset_(offset),
      next_(offset),
      end_(end),
      head_bytes_(kHeadBytes) {}

Result<ByteView> SegmentReader::view(std::uint64_t at, std::size_t size) {
  const auto available = end_ > at ? end_ - at : 0;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, available));
  const bool held = at >= buffer_start_ && at + size <= buffer_start_ + buffer_bytes_;
  if (!held) {
    const auto least = heads_only_ ? head_bytes_ : kReadBytes;
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, least), available));
    if (buffer_.size() < want) buffer_.resize(want);
    const auto count = file_.read_at(at, std::span(buffer_).first(want));
    if (!count) return count.error();
    buffer_start_ = at;
    buffer_bytes_ = *count;
    if (*count < want) end_ = at + *count;  // the file is shorter than it should be
    size = std::min(size, *count);
  }
  return ByteView(buffer_).subspan(static_cast<std::size_t>(at - buffer_start_), size);
}

Result<bool> SegmentReader::parse_at(std::uint64_t at) {
  damaged_chunks_ = false;
  const auto head = view(at, kFrameHeaderBytes);
  if (!head) return head.error();
  const auto length = peek_frame_length(*head);
  if (!length || *length > end_ - at) return false;
  if (heads_only_ && peek_head_extent(*head)) return parse_head_at(at, *length, *head);
  const auto bytes = view(at, *length);
  if (!bytes) return bytes.error();
  const auto fault = parse_frame(*bytes, identity_, at, header_);
  damaged_chunks_ = fault == FrameFault::kBadChunk;
  if (fault != FrameFault::kNone && !damaged_chunks_) return false;
  frame_ = *bytes;
  if (damaged_chunks_) return false;
  offset_ = at;
  next_ = at + *length;
  return true;
}

Result<bool> SegmentReader::parse_head_at(std::uint64_t at, std::uint32_t length, ByteView begin) {
  const auto marks = peek_head_extent(begin);
  if (*marks > length) return false;
  const auto table = view(at, *marks);
  if (!table) return table.error();
  const auto size = peek_head_length(*table, length);
  if (!size) return false;
  const auto bytes = view(at, *size + kFrameChunkSlack);
  if (!bytes) return bytes.error();
  if (bytes->size() < *size) return false;
  if (parse_frame_head(bytes->first(*size), length, identity_, at, header_) != FrameFault::kNone) {
    return false;
  }
  frame_ = bytes->first(*size);
  head_bytes_ = std::max(kHeadBytes, *size + *size / 8 + kFrameChunkSlack);
  offset_ = at;
  next_ = at + length;
  return true;
}

Result<SegmentReader::Step> SegmentReader::next() {
  offset_ = next_;
  const auto parsed = parse_at(next_);
  if (!parsed) return parsed.error();
  if (*parsed) return Step::kFrame;
  return offset_ >= end_ ? Step::kEnd : Step::kBad;
}

Result<bool> SegmentReader::resume() {
  // The length of a bad frame is not trusted: a frame may start at any multiple of 8. Its checksum
  // covers identity and offset, so nothing that is not a frame of this place passes.
  auto at = align_up(offset_ + 1);
  while (at + kFrameHeaderBytes <= end_) {
    const auto chunk = view(at, kSearchBytes);
    if (!chunk) return chunk.error();
    std::size_t skip = 0;
    while (skip + sizeof(std::uint32_t) <= chunk->size() &&
           load<std::uint32_t>(chunk->data() + skip) != kFrameMagic) {
      skip += kFrameAlignment;
    }
    if (skip + sizeof(std::uint32_t) > chunk->size()) {
      if (skip == 0) break;
      at += skip;
      continue;
    }
    at += skip;
    const auto parsed = parse_at(at);
    if (!parsed) return parsed.error();
    if (*parsed) return true;
    at += kFrameAlignment;
  }
  return false;
}

}  // namespace factorwal::wal
