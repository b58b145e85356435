#include "wal/reading/chunk_source.h"

#include <algorithm>

#include "base/crc32c.h"

namespace factorwal::wal {
namespace {

/// A gap of so many bytes is read over: a further call costs more.
constexpr std::size_t kGapBytes = std::size_t{8} << 10;

}  // namespace

void ChunkSource::start(File& file, std::uint64_t offset, ByteView head,
                        const FrameHeader& header) {
  file_ = &file;
  offset_ = offset;
  places_.clear();
  if (header.chunk_count > 0) chunk_places(head, header, places_);
}

Status ChunkSource::read(std::span<const std::size_t> chunks, std::vector<ChunkView>& views) {
  views.clear();
  const auto begin = [&](std::size_t i) { return std::size_t{places_[chunks[i]].offset}; };
  const auto end = [&](std::size_t i) { return begin(i) + places_[chunks[i]].bytes; };
  // Where each chunk will lie: a buffer that grows would move what was read.
  std::vector<std::size_t> starts;
  std::size_t used = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const bool joins = i > 0 && begin(i) - end(i - 1) <= kGapBytes;
    if (i > 0) used += joins ? begin(i) - end(i - 1) : kFrameChunkSlack;
    starts.push_back(used);
    used += places_[chunks[i]].bytes;
  }
  if (buffer_.size() < used + kFrameChunkSlack) buffer_.resize(used + kFrameChunkSlack);
  for (std::size_t i = 0; i < chunks.size();) {
    auto last = i;
    while (last + 1 < chunks.size() && begin(last + 1) - end(last) <= kGapBytes) ++last;
    const auto target = std::span(buffer_).subspan(starts[i], end(last) - begin(i));
    const auto count = file_->read_at(offset_ + begin(i), target);
    if (!count) return count.error();
    for (; i <= last; ++i) {
      const auto bytes = ByteView(buffer_).subspan(starts[i], places_[chunks[i]].bytes);
      const bool there = starts[i] + bytes.size() <=
                         static_cast<std::size_t>(target.data() - buffer_.data()) + *count;
      views.push_back({bytes, there && crc32c(bytes) == places_[chunks[i]].checksum});
    }
  }
  return {};
}

}  // namespace factorwal::wal
