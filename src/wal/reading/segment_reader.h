#pragma once
/// Walks the frames of one segment, checking each.

#include <string>

#include "base/file.h"
#include "wal/reading/frame.h"

namespace factorwal::wal {

class SegmentReader {
 public:
  /// Frames from `offset` on, up to `end` (or the end of the file, if that comes first).
  SegmentReader(File& file, const Identity& identity, std::uint64_t offset, std::uint64_t end);

  /// From now on `frame()` of a frame that has chunks is its head, with kColumnSlack readable bytes
  /// behind it: chunks are neither read nor checked.
  void read_heads_only() noexcept { heads_only_ = true; }

  enum class Step : std::uint8_t {
    kFrame,  ///< `header()` and `frame()` are of the frame at `offset()`
    kEnd,    ///< exactly at the end
    kBad,    ///< no valid frame starts at `offset()`; call `resume` or stop
  };
  /// Fails only when the file cannot be read.
  [[nodiscard]] Result<Step> next();

  /// Searches the next valid frame beyond a bad place; false if there is none before the end.
  [[nodiscard]] Result<bool> resume();
  /// At a bad place: whether a frame is there of which only chunks do not hold. Its `header()` and
  /// `frame()` are given; `pass` makes `next` go on behind it.
  [[nodiscard]] bool at_damaged_chunks() const noexcept { return damaged_chunks_; }
  void pass() noexcept { next_ = offset_ + header_.length; }

  /// Makes `next` give the frame that `resume` found.
  void step_back() noexcept { next_ = offset_; }
  /// Where `next` reads.
  [[nodiscard]] std::uint64_t next_offset() const noexcept { return next_; }
  /// Makes `next` read there.
  void seek(std::uint64_t offset) noexcept { next_ = offset_ = offset; }
  /// Makes `next` read at `offset` again, from the file.
  void read_again(std::uint64_t offset) noexcept {
    next_ = offset_ = offset;
    buffer_bytes_ = 0;
  }

  [[nodiscard]] const FrameHeader& header() const noexcept { return header_; }
  [[nodiscard]] ByteView frame() const noexcept { return frame_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] File& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

 private:
  /// Makes [at, at + size) available; shorter at the end.
  [[nodiscard]] Result<ByteView> view(std::uint64_t at, std::size_t size);
  [[nodiscard]] Result<bool> parse_at(std::uint64_t at);
  /// As `parse_at`, of a frame that begins with `begin` and has chunks.
  [[nodiscard]] Result<bool> parse_head_at(std::uint64_t at, std::uint32_t length, ByteView begin);

  File& file_;
  Identity identity_;
  std::uint64_t offset_;
  std::uint64_t next_;
  std::uint64_t end_;
  FrameHeader header_;
  ByteView frame_;
  bool damaged_chunks_ = false;
  bool heads_only_ = false;
  std::size_t head_bytes_ = 0;  // to read at once
  Bytes buffer_;
  std::uint64_t buffer_start_ = 0;
  std::size_t buffer_bytes_ = 0;
};

}  // namespace factorwal::wal
