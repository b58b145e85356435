#pragma once
/// XXH3, 64 bits: the checksum of the archive's files.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace factorwal::archive {

[[nodiscard]] inline std::uint64_t hash_of(std::span<const std::byte> bytes,
                                           std::uint64_t seed = 0) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// Of a file, piece by piece.
class RunningHash {
 public:
  RunningHash() { XXH3_64bits_reset(&state_); }
  void add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(&state_, bytes.data(), bytes.size());
  }
  [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

}  // namespace factorwal::archive
