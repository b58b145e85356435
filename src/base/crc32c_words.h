#pragma once
/// CRC-32C of a few words, in line: for an entry of the channel a call costs more than its sum.

#include <array>
#include <concepts>

#include "base/crc32c.h"

namespace factorwal {

#if defined(__x86_64__)
namespace crc32c_detail {

/// SSE4.2 has the instruction. Asked each time: the answer lies in memory, and is always the same.
[[nodiscard]] inline bool has_instruction() noexcept {
  return __builtin_cpu_supports("sse4.2") != 0;
}

/// Assembly, not the intrinsic: that one cannot be in line in a function for every processor.
[[gnu::always_inline]] inline void add_word(std::uint64_t& state, std::uint64_t word) noexcept {
  asm("crc32q %1, %0" : "+r"(state) : "rm"(word));
}

}  // namespace crc32c_detail
#endif

/// The same as `crc32c` of the words as they lie in memory.
template <std::same_as<std::uint64_t>... Words>
[[nodiscard, gnu::always_inline]] inline std::uint32_t crc32c_words(std::uint32_t previous,
                                                                    Words... words) noexcept {
#if defined(__x86_64__)
  if (crc32c_detail::has_instruction()) [[likely]] {
    std::uint64_t state = ~previous;
    (crc32c_detail::add_word(state, words), ...);
    return ~static_cast<std::uint32_t>(state);
  }
#endif
  const std::array all{words...};
  return crc32c(std::as_bytes(std::span(all)), previous);
}

}  // namespace factorwal
