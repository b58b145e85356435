#pragma once
/// Reads chunks of a frame whose head was read alone: those that are asked for, neighbours at once.

#include <vector>

#include "base/file.h"
#include "wal/reading/frame.h"

namespace factorwal::wal {

class ChunkSource {
 public:
  /// Of the frame at `offset`, whose head holds.
  void start(File& file, std::uint64_t offset, ByteView head, const FrameHeader& header);

  [[nodiscard]] std::uint64_t offset(std::size_t chunk) const {
    return offset_ + places_[chunk].offset;
  }
  [[nodiscard]] std::uint32_t bytes(std::size_t chunk) const { return places_[chunk].bytes; }

  /// Reads and checks `chunks`, which go up. Views are valid until the next call; one that does not
  /// hold, or is cut off, is not intact. Fails only when the file cannot be read.
  [[nodiscard]] Status read(std::span<const std::size_t> chunks, std::vector<ChunkView>& views);

 private:
  File* file_ = nullptr;
  std::uint64_t offset_ = 0;
  std::vector<ChunkPlace> places_;
  Bytes buffer_;
};

}  // namespace factorwal::wal
