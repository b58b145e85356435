#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace factorwal {
namespace {

#if defined(__x86_64__)
__attribute__((target("avx"))) void clear_upper_halves() noexcept { _mm256_zeroupper(); }

/// isa-l's AVX-512 code leaves the upper halves of the vector registers in use; what follows, here
/// and in the caller's program, would then take twice its time.
void leave_vector_code() noexcept {
  static const bool has_avx = __builtin_cpu_supports("avx") != 0;
  if (has_avx) clear_upper_halves();
}
#else
void leave_vector_code() noexcept {}
#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t previous) noexcept {
  // isa-l takes an int length and a non-const pointer that it only reads from.
  constexpr std::size_t kStep = std::size_t{1} << 30;
  std::uint32_t state = ~previous;
  while (!bytes.empty()) {
    const auto step = bytes.first(std::min(bytes.size(), kStep));
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(step.data()));
    state = crc32_iscsi(data, static_cast<int>(step.size()), state);
    bytes = bytes.subspan(step.size());
  }
  leave_vector_code();
  return ~state;
}

}  // namespace factorwal
