#include "wal/writing/pending_frames.h"

namespace factorwal::wal {
namespace {

// A commit of usual size is a frame or a few; larger buffers come from records that are rare.
constexpr std::size_t kSpareBuffersMax = 8;
constexpr std::size_t kSpareBytesMax = std::size_t{4} << 20;

}  // namespace

void PendingFrames::push(CompleteFrame frame) {
  bytes_ += frame.size;
  frames_.push_back(std::move(frame));
}

CompleteFrame* PendingFrames::next_unwritten() noexcept {
  return written_ < frames_.size() ? &frames_[written_] : nullptr;
}

void PendingFrames::drop_written() {
  for (; written_ > 0; --written_) {
    auto& frame = frames_.front();
    bytes_ -= frame.size;
    if (spare_.size() < kSpareBuffersMax && frame.buffer.size() <= kSpareBytesMax) {
      spare_.push_back(std::move(frame.buffer));
    }
    frames_.pop_front();
  }
}

Bytes PendingFrames::spare_buffer() {
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

}  // namespace factorwal::wal
