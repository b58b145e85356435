#pragma once
/// Two doubles that are computed side by side: each with the bits that it has alone.

#include <cmath>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "operators/block.h"

namespace factorwal::operators {

using Lanes = double __attribute__((vector_size(16)));
inline constexpr std::size_t kLanes = 2;

[[nodiscard]] inline Lanes load_lanes(const std::byte* block, Offset offset) noexcept {
  Lanes lanes;
  std::memcpy(&lanes, block + offset, sizeof lanes);
  return lanes;
}
inline void store_lanes(std::byte* block, Offset offset, Lanes lanes) noexcept {
  std::memcpy(block + offset, &lanes, sizeof lanes);
}

[[nodiscard]] inline Lanes roots(Lanes lanes) noexcept {
#if defined(__x86_64__)
  return _mm_sqrt_pd(lanes);
#else
  return Lanes{std::sqrt(lanes[0]), std::sqrt(lanes[1])};
#endif
}

}  // namespace factorwal::operators
