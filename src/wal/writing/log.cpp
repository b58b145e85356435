#include "wal/writing/log.h"

namespace factorwal::wal {

Status Log::forget(std::span<const channel::RegisteredRing> gone) {
  if (auto done = rings.remove(gone); !done) return done;
  std::vector<std::uint64_t> identities;
  for (const auto& ring : gone) identities.push_back(ring.identity);
  writer->forget_rings(identities);
  return {};
}

Status Log::close(bool losses_told) {
  auto done = writer->close();
  if (done && lock_) {
    rings.end(losses_told);
    done = writer->expect_segments();
  }
  if (!done) writer->give_up();
  rings.close();
  closed = true;
  lock_.reset();
  return done;
}

}  // namespace factorwal::wal
