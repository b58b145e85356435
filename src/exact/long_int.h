#pragma once
/// Signed integers of N x 64 bits. Sums and products of doubles fit them without any rounding.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace factorwal::exact {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

/// An Int128 in memory. Compilers move a whole one through memory in two parts and load it as one,
/// which waits for both stores.
struct StoredInt128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  StoredInt128& operator=(Int128 value) noexcept {
    low = static_cast<std::uint64_t>(value);
    high = static_cast<std::uint64_t>(static_cast<Uint128>(value) >> 64);
    return *this;
  }
  [[nodiscard]] Int128 value() const noexcept {
    return static_cast<Int128>((Uint128{high} << 64) | low);
  }
  StoredInt128& operator+=(Int128 other) noexcept { return *this = value() + other; }
  StoredInt128& operator-=(Int128 other) noexcept { return *this = value() - other; }
};

/// Two's complement, low limbs first. Arithmetic wraps; whoever sums chooses N so that it does not.
template <std::size_t N>
struct LongInt {
  std::array<std::uint64_t, N> limbs{};

  LongInt() = default;
  explicit LongInt(Int128 value) noexcept {
    static_assert(N >= 2);
    limbs[0] = static_cast<std::uint64_t>(value);
    limbs[1] = static_cast<std::uint64_t>(value >> 64);
    for (std::size_t i = 2; i < N; ++i) limbs[i] = value < 0 ? ~std::uint64_t{0} : 0;
  }
  /// The same number in more limbs.
  template <std::size_t M>
  explicit LongInt(const LongInt<M>& narrow) noexcept {
    static_assert(M <= N);
    const std::uint64_t sign = narrow.negative() ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < N; ++i) limbs[i] = i < M ? narrow.limbs[i] : sign;
  }

  [[nodiscard]] Int128 low() const noexcept {
    return static_cast<Int128>((Uint128{limbs[1]} << 64) | limbs[0]);
  }
  [[nodiscard]] bool negative() const noexcept { return (limbs[N - 1] >> 63) != 0; }
  [[nodiscard]] bool zero() const noexcept {
    std::uint64_t any = 0;
    for (const auto limb : limbs) any |= limb;
    return any == 0;
  }
  friend bool operator==(const LongInt&, const LongInt&) = default;

  LongInt& operator+=(const LongInt& other) noexcept {
    Uint128 carry = 0;
    for (std::size_t i = 0; i < N; ++i) {
      carry += Uint128{limbs[i]} + other.limbs[i];
      limbs[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return *this;
  }
  LongInt& operator-=(const LongInt& other) noexcept {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < N; ++i) {
      const Uint128 difference = Uint128{limbs[i]} - other.limbs[i] - borrow;
      limbs[i] = static_cast<std::uint64_t>(difference);
      borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
    }
    return *this;
  }
  [[nodiscard]] LongInt negated() const noexcept {
    LongInt result;
    result -= *this;
    return result;
  }
  [[nodiscard]] LongInt magnitude() const noexcept { return negative() ? negated() : *this; }

  /// value * 2^shift. Requires: it fits.
  [[nodiscard]] static LongInt shifted(Int128 value, std::size_t shift) noexcept {
    const bool below = value < 0;
    const auto size =
        below ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
    const auto limb = shift / 64;
    const auto bits = shift % 64;
    const Uint128 low = size << bits;
    const auto high = bits == 0 ? 0 : static_cast<std::uint64_t>(size >> (128 - bits));
    LongInt result;
    result.limbs[limb] = static_cast<std::uint64_t>(low);
    if (limb + 1 < N) result.limbs[limb + 1] = static_cast<std::uint64_t>(low >> 64);
    if (limb + 2 < N) result.limbs[limb + 2] = high;
    return below ? result.negated() : result;
  }
};

/// a * b, exactly.
template <std::size_t A, std::size_t B>
[[nodiscard]] LongInt<A + B> multiplied(const LongInt<A>& a, const LongInt<B>& b) noexcept {
  const auto x = a.magnitude();
  const auto y = b.magnitude();
  LongInt<A + B> result;
  for (std::size_t i = 0; i < A; ++i) {
    if (x.limbs[i] == 0) continue;
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < B; ++j) {
      const Uint128 sum = Uint128{x.limbs[i]} * y.limbs[j] + result.limbs[i + j] + carry;
      result.limbs[i + j] = static_cast<std::uint64_t>(sum);
      carry = static_cast<std::uint64_t>(sum >> 64);
    }
    result.limbs[i + B] = carry;
  }
  return a.negative() != b.negative() ? result.negated() : result;
}

/// a * b in as many limbs. Requires: it fits.
template <std::size_t N>
[[nodiscard]] LongInt<N> scaled(const LongInt<N>& a, std::uint64_t b) noexcept {
  const auto x = a.magnitude();
  LongInt<N> result;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const Uint128 product = Uint128{x.limbs[i]} * b + carry;
    result.limbs[i] = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64);
  }
  return a.negative() ? result.negated() : result;
}

}  // namespace factorwal::exact
