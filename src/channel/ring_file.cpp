#include "channel/ring_file.h"

#include <algorithm>

namespace factorwal::channel {

Status RingFile::write_sealed() {
  if (missing_to_ != 0) {
    if (ring_.released() < missing_to_) {
      missing_to_ = ring_.sealed_end();
      return {};
    }
    missing_to_ = 0;
    missing_from_.store(kNone);
  }
  auto done = write_parts();
  if (!done) {
    missing_from_.store(ring_.shown());
    missing_to_ = ring_.sealed_end();
  }
  return done;
}

Status RingFile::write_parts() {
  if (const auto skip = ring_.sealed_skip(); !skip.bytes.empty()) {
    if (auto done = file_.write_at(kRingHeaderBytes + skip.at, skip.bytes); !done) return done;
  }
  const auto entry = ring_.sealed_entry();
  return file_.write_at(kRingHeaderBytes + entry.at, entry.bytes);
}

Status RingFile::write_release() {
  const auto tail = ring_.taken();
  const auto head = std::max(tail, std::min(ring_.published(), missing_from_.load()));
  std::array<std::byte, offsetof(RingControl, tail) + sizeof tail> control{};
  store(control.data() + offsetof(RingControl, head), head);
  store(control.data() + offsetof(RingControl, released_ordinal), ring_.taken_ordinal());
  store(control.data() + offsetof(RingControl, tail), tail);
  return file_.write_at(kRingControlOffset, control);
}

}  // namespace factorwal::channel
