#pragma once
/// The frames that are not durable yet. They stay in memory until a sync has succeeded, so that
/// after a failure they can be written again, elsewhere: what the old file holds of them, and
/// whether the page cache still has it, does not matter then.

#include <cstdint>
#include <deque>
#include <vector>

#include "wal/writing/frame_builder.h"

namespace factorwal::wal {

class PendingFrames {
 public:
  void push(CompleteFrame frame);
  /// The first one that is not written yet; null when all are.
  [[nodiscard]] CompleteFrame* next_unwritten() noexcept;
  void mark_written() noexcept { ++written_; }
  /// What was written counts for nothing: all is to be written again.
  void mark_unwritten() noexcept { written_ = 0; }
  /// What was written is durable, and is kept no longer.
  void drop_written();

  [[nodiscard]] bool empty() const noexcept { return frames_.empty(); }
  /// Of all frames.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// A buffer that is not needed any more, or an empty one.
  [[nodiscard]] Bytes spare_buffer();

 private:
  std::deque<CompleteFrame> frames_;
  std::size_t written_ = 0;  // the first so many
  std::uint64_t bytes_ = 0;
  std::vector<Bytes> spare_;
};

}  // namespace factorwal::wal
