#pragma once
/// The state of one instrument under a plan: one block of bytes. Offsets into it are the plan's.

#include <cstddef>
#include <cstdint>
#include <new>

namespace factorwal::operators {

using Offset = std::uint32_t;

inline constexpr std::size_t kCacheLineBytes = 64;
/// The largest block.
inline constexpr std::size_t kBlockBytesMax = std::size_t{256} << 20;

/// At the beginning of every block; the values of the current tick follow.
struct BlockHeader {
  std::uint64_t tick = 0;      ///< places in rings; a fresh block begins at kFirstTick
  std::uint64_t unsteady = 0;  ///< the last tick without one of the fields, or of a load
};

/// So that no tick of a block of zeros is near: what such a block has derived is out of date.
inline constexpr std::uint64_t kFirstTick = std::uint64_t{1} << 32;

template <class T>
[[nodiscard]] T& at(std::byte* block, Offset offset) noexcept {
  return *std::launder(reinterpret_cast<T*>(block + offset));
}

[[nodiscard]] inline std::uint64_t tick_of(std::byte* block) noexcept {
  return at<BlockHeader>(block, 0).tick;
}

/// The last values of a series, by tick. The newest is that of the current tick.
struct Ring {
  Offset values = 0;
  std::uint32_t mask = 0;

  [[nodiscard]] double& slot(std::byte* block, std::uint64_t tick) const noexcept {
    return at<double>(block, values + static_cast<Offset>(tick & mask) * Offset{sizeof(double)});
  }
};

}  // namespace factorwal::operators
