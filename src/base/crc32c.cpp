#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>
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

// Up to here three sums side by side are faster than what isa-l does with vectors.
constexpr std::size_t kShortBytes = 768;
constexpr std::size_t kWord = sizeof(std::uint64_t);
// With fewer words it takes longer to join three sums than to make one.
constexpr std::size_t kJoinedWordsMin = 10;

/// [n]: x^(64 n - 33) modulo the polynomial, for n > 0. The product of a sum and this, as the next
/// word, is that sum moved on by n words: the product of two reflected numbers is one power of x
/// too high, and a word goes in as a multiple of x^32.
constexpr auto kMoves = [] {
  std::array<std::uint32_t, kShortBytes / kWord> moves{};
  std::uint32_t power = 1;  // x^31: reflected, the highest power is the lowest bit
  for (std::size_t n = 1; n < moves.size(); ++n) {
    moves[n] = power;
    for (int i = 0; i < 64; ++i) power = (power >> 1) ^ ((power & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return moves;
}();

bool has_short_way() noexcept {
  return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

__attribute__((target("sse4.2,pclmul"))) std::uint64_t moved(std::uint64_t state,
                                                             std::size_t words) noexcept {
  const auto product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                                            _mm_cvtsi32_si128(static_cast<int>(kMoves[words])), 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

/// A word takes three cycles, and the processor takes up one in each: three sums at a time.
__attribute__((target("sse4.2,pclmul"))) std::uint32_t sum_short(ByteView bytes,
                                                                 std::uint32_t start) noexcept {
  const auto* at = bytes.data();
  auto words = bytes.size() / kWord;
  std::uint64_t state = start;
  if (words >= kJoinedWordsMin) {
    const auto each = (words - 1) / 3;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const auto* end = at + each * kWord; at != end; at += kWord) {
      state = _mm_crc32_u64(state, load<std::uint64_t>(at));
      second = _mm_crc32_u64(second, load<std::uint64_t>(at + each * kWord));
      third = _mm_crc32_u64(third, load<std::uint64_t>(at + 2 * each * kWord));
    }
    at += 2 * each * kWord;
    const auto both = moved(state, 2 * each + 1) ^ moved(second, each + 1);
    state = _mm_crc32_u64(third, load<std::uint64_t>(at) ^ both);
    at += kWord;
    words -= 3 * each + 1;
  }
  for (; words > 0; --words, at += kWord) state = _mm_crc32_u64(state, load<std::uint64_t>(at));
  auto narrow = static_cast<std::uint32_t>(state);
  for (const auto* end = bytes.data() + bytes.size(); at != end; ++at) {
    narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(*at));
  }
  return narrow;
}
#else
constexpr std::size_t kShortBytes = 0;
void leave_vector_code() noexcept {}
bool has_short_way() noexcept { return false; }
std::uint32_t sum_short(ByteView, std::uint32_t start) noexcept { return start; }
#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t previous) noexcept {
  std::uint32_t state = ~previous;
  if (bytes.size() <= kShortBytes && has_short_way()) return ~sum_short(bytes, state);
  // isa-l takes an int length and a non-const pointer that it only reads from.
  constexpr std::size_t kStep = std::size_t{1} << 30;
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
