#include "wal/chunk/zeros_apart.h"

#include <algorithm>
#include <bit>

#include "base/vector_clones.h"

#ifdef FACTORWAL_VECTOR_VERSIONS
#include <immintrin.h>
#endif

namespace factorwal::wal {
namespace {

constexpr std::size_t kPerByte = 8;  // values

/// 1 for any other than 0, without a branch: zeros come as they like.
constexpr unsigned not_zero(std::uint64_t value) noexcept {
  return static_cast<unsigned>((value | (0 - value)) >> 63U);
}

/// From value `begin` on, `kept` of those before it being kept already.
std::size_t take_out_from(std::size_t begin, std::size_t kept, std::byte* bitmap,
                          std::span<std::uint64_t> values) noexcept {
  for (std::size_t i = begin; i < values.size(); i += kPerByte) {
    unsigned bits = 0;
    const auto count = std::min(values.size() - i, kPerByte);
    for (unsigned bit = 0; bit < count; ++bit) {
      const auto value = values[i + bit];
      const auto there = not_zero(value);
      values[kept] = value;
      kept += there;
      bits |= there << bit;
    }
    bitmap[i / kPerByte] = static_cast<std::byte>(bits);
  }
  return kept;
}

/// From the end to value `end`: what is still to be moved lies before its place. How many of the
/// kept ones are left.
std::size_t put_back_to(std::size_t end, const std::byte* bitmap, std::span<std::uint64_t> values,
                        std::size_t kept) noexcept {
  for (std::size_t i = values.size(); i-- > end;) {
    const std::uint64_t there =
        (static_cast<unsigned>(bitmap[i / kPerByte]) >> (i % kPerByte)) & 1U;
    kept -= there;
    values[i] = values[kept] & (0 - there);
  }
  return kept;
}

#ifdef FACTORWAL_VECTOR_VERSIONS

__attribute__((target("avx512f"))) std::size_t take_out(std::byte* bitmap,
                                                        std::span<std::uint64_t> values) noexcept {
  std::size_t kept = 0;
  std::size_t i = 0;
  for (; i + kPerByte <= values.size(); i += kPerByte) {
    const auto some = _mm512_loadu_si512(values.data() + i);
    const auto there = _mm512_test_epi64_mask(some, some);
    bitmap[i / kPerByte] = static_cast<std::byte>(there);
    // All eight lanes: a store of some of them alone is slow.
    _mm512_storeu_si512(values.data() + kept, _mm512_maskz_compress_epi64(there, some));
    kept += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(there)));
  }
  return take_out_from(i, kept, bitmap, values);
}

__attribute__((target("avx512f"))) void put_back(const std::byte* bitmap,
                                                 std::span<std::uint64_t> values,
                                                 std::size_t kept) noexcept {
  auto i = values.size() / kPerByte * kPerByte;
  kept = put_back_to(i, bitmap, values, kept);
  while (i > 0) {
    i -= kPerByte;
    const auto there = static_cast<__mmask8>(bitmap[i / kPerByte]);
    kept -= static_cast<std::size_t>(std::popcount(static_cast<unsigned>(there)));
    const auto some = _mm512_loadu_si512(values.data() + kept);
    _mm512_storeu_si512(values.data() + i, _mm512_maskz_expand_epi64(there, some));
  }
}

__attribute__((target("default")))
#endif
std::size_t
take_out(std::byte* bitmap, std::span<std::uint64_t> values) noexcept {
  return take_out_from(0, 0, bitmap, values);
}

#ifdef FACTORWAL_VECTOR_VERSIONS
__attribute__((target("default")))
#endif
void put_back(const std::byte* bitmap, std::span<std::uint64_t> values, std::size_t kept) noexcept {
  (void)put_back_to(0, bitmap, values, kept);
}

}  // namespace

std::size_t take_zeros_out(std::byte* bitmap, std::span<std::uint64_t> values) noexcept {
  return take_out(bitmap, values);
}

void put_zeros_back(const std::byte* bitmap, std::span<std::uint64_t> values,
                    std::size_t kept) noexcept {
  put_back(bitmap, values, kept);
}

}  // namespace factorwal::wal
