#include "wal/writing/open_tag.h"

#include <unistd.h>

#include <atomic>
#include <chrono>

namespace factorwal::wal {
namespace {

/// A permutation of the 32-bit numbers (Ellis, "lowbias32"), so that neighbours look unlike.
std::uint32_t scatter(std::uint32_t x) noexcept {
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return x ^ (x >> 16);
}

std::uint32_t first_count() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const auto bits = static_cast<std::uint64_t>(now);
  return scatter(static_cast<std::uint32_t>(bits) ^ static_cast<std::uint32_t>(bits >> 32)) ^
         scatter(static_cast<std::uint32_t>(getpid()));
}

}  // namespace

std::uint32_t next_open_tag() noexcept {
  static std::atomic<std::uint32_t> count{first_count()};
  for (;;) {
    if (const auto tag = scatter(count.fetch_add(1) + 1); tag != 0) return tag;
  }
}

}  // namespace factorwal::wal
