#include "wal/chunk/integer_column.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "base/vector_clones.h"

namespace factorwal::wal {
namespace {

constexpr unsigned kWidestPacked = 56;  // what eight bytes from any bit on hold
constexpr unsigned kWhole = 64;
constexpr unsigned kNoBits = 65;
constexpr unsigned kZerosApart = 128;
constexpr unsigned kExceptionsMax = 255;
// About: two bytes of place, and one of seven bits at least.
constexpr std::size_t kExceptionBits = 24;

/// 1 for any other than 0, without a branch: zeros come as they like.
constexpr unsigned not_zero(std::uint64_t value) noexcept {
  return static_cast<unsigned>((value | (0 - value)) >> 63U);
}

/// How many values are so many bits wide.
using Widths = std::array<std::uint16_t, 72>;

FACTORWAL_VECTOR_CLONES void count_widths(std::span<const std::uint64_t> values,
                                          Widths& widths) noexcept {
  // Two tables: an increment would wait for the one before it.
  Widths other{};
  widths = {};
  std::size_t others = 0;
  std::size_t i = 0;
  for (; i + 1 < values.size(); i += 2) {
    others += not_zero(values[i]) + not_zero(values[i + 1]);
    ++widths[static_cast<unsigned>(std::bit_width(values[i] | 1U))];
    ++other[static_cast<unsigned>(std::bit_width(values[i + 1] | 1U))];
  }
  if (i < values.size()) {
    others += not_zero(values[i]);
    ++widths[static_cast<unsigned>(std::bit_width(values[i] | 1U))];
  }
  for (unsigned width = 1; width <= kWhole; ++width) {
    widths[width] = static_cast<std::uint16_t>(widths[width] + other[width]);
  }
  const auto zeros = values.size() - others;
  widths[0] = static_cast<std::uint16_t>(zeros);
  widths[1] = static_cast<std::uint16_t>(widths[1] - zeros);
}

struct Packing {
  unsigned width = kWhole;
  bool zeros_apart = false;
};

/// From the widest value down: each bit less is saved once a value, and costs an exception for each
/// value that had it.
Packing choose_packing(const Widths& widths, std::size_t count, unsigned widest) noexcept {
  Packing best;
  std::size_t least = ~std::size_t{0};
  std::size_t exceptions = 0;
  std::size_t exception_bits = 0;
  const auto others = count - widths[0];
  for (unsigned width = widest;; --width) {
    const std::size_t bits = width > kWidestPacked ? kWhole : width;
    const auto all = count * bits + exception_bits;
    const auto apart = count + others * bits + exception_bits;
    if (std::min(all, apart) < least) {
      least = std::min(all, apart);
      best = {static_cast<unsigned>(bits), apart < all};
    }
    exception_bits += exceptions + widths[width] * kExceptionBits;
    exceptions += widths[width];
    if (width == 0 || exceptions > kExceptionsMax || exception_bits > least) return best;
  }
}

FACTORWAL_VECTOR_CLONES std::byte* store_packed(std::byte* at,
                                                std::span<const std::uint64_t> values,
                                                unsigned width) noexcept {
  if (width == kWhole) {
    std::memcpy(at, values.data(), values.size_bytes());
    return at + values.size_bytes();
  }
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::uint64_t waiting = 0;
  unsigned bits = 0;
  for (const auto value : values) {
    waiting |= (value & mask) << bits;
    store(at, waiting);
    bits += width;
    at += bits / 8;
    waiting >>= bits & ~7U;
    bits %= 8;
  }
  return at + (bits > 0 ? 1 : 0);
}

FACTORWAL_VECTOR_CLONES std::uint64_t any_bit(std::span<const std::uint64_t> values) noexcept {
  std::uint64_t any = 0;
  for (const auto value : values) any |= value;
  return any;
}

std::byte* store_exceptions(std::byte* at, std::byte* counter,
                            std::span<const std::uint64_t> values, unsigned width) noexcept {
  constexpr std::size_t kTogether = 16;
  unsigned count = 0;
  for (std::size_t first = 0; first < values.size(); first += kTogether) {
    const auto end = std::min(values.size(), first + kTogether);
    if (any_bit(values.subspan(first, end - first)) >> width == 0) continue;
    for (auto i = first; i < end; ++i) {
      const auto rest = values[i] >> width;
      if (rest == 0) continue;
      store(at, static_cast<std::uint16_t>(i));
      at = store_varint(at + sizeof(std::uint16_t), rest);
      ++count;
    }
  }
  *counter = static_cast<std::byte>(count);
  return at;
}

/// Says which values are 0 and moves the others together; how many these are.
FACTORWAL_VECTOR_CLONES std::size_t take_zeros_out(std::byte* at,
                                                   std::span<std::uint64_t> values) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values.size(); i += 8) {
    unsigned bits = 0;
    const auto end = std::min(values.size() - i, std::size_t{8});
    for (unsigned bit = 0; bit < end; ++bit) {
      const auto value = values[i + bit];
      const auto there = not_zero(value);
      values[kept] = value;
      kept += there;
      bits |= there << bit;
    }
    *at++ = static_cast<std::byte>(bits);
  }
  return kept;
}

constexpr std::size_t bitmap_bytes(std::size_t count) noexcept { return (count + 7) / 8; }
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) noexcept {
  return (count * width + 7) / 8;
}

FACTORWAL_VECTOR_CLONES void load_packed(const std::byte* at, std::span<std::uint64_t> values,
                                         unsigned width) noexcept {
  if (width == kWhole) {
    std::memcpy(values.data(), at, values.size_bytes());
    return;
  }
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::size_t bit = 0;
  for (auto& value : values) {
    value = (load<std::uint64_t>(at + bit / 8) >> (bit % 8)) & mask;
    bit += width;
  }
}

FACTORWAL_VECTOR_CLONES void put_zeros_back(const std::byte* bitmap,
                                            std::span<std::uint64_t> values,
                                            std::size_t kept) noexcept {
  // From the end: what is still to be moved lies before its place.
  for (std::size_t i = values.size(); i-- > 0;) {
    const std::uint64_t there = (static_cast<unsigned>(bitmap[i / 8]) >> (i % 8)) & 1U;
    kept -= there;
    values[i] = values[kept] & (0 - there);
  }
}

/// How many bits of a bitmap are set; more than `count` if it has bits of values that there are
/// not.
FACTORWAL_VECTOR_CLONES std::size_t count_bits(ByteView bitmap, std::size_t count) noexcept {
  std::size_t bits = 0;
  for (const auto byte : bitmap) {
    bits += static_cast<unsigned>(std::popcount(static_cast<unsigned>(byte)));
  }
  const bool beyond = count % 8 != 0 && (static_cast<unsigned>(bitmap.back()) >> (count % 8)) != 0;
  return beyond ? count + 1 : bits;
}

/// The front of a column, once its form is known to be one.
struct Front {
  unsigned width = 0;
  std::size_t count = 0;  ///< of values but for the zeros that are apart
  unsigned exceptions = 0;
  ByteView bitmap;
  ByteView packed;
};

bool load_front(Cursor& from, unsigned form, std::size_t count, Front& front) noexcept {
  if (count == 0) return false;  // has form 0
  front.count = count;
  if (form >= kZerosApart) {
    front.bitmap = from.bytes(bitmap_bytes(count));
    if (!from.ok()) return false;
    front.count = count_bits(front.bitmap, count);
    if (front.count > count) return false;
    form -= kZerosApart;
  }
  const bool known = (form > 0 && form <= kWidestPacked) || form == kWhole || form == kNoBits;
  if (!known) return false;
  front.width = form == kNoBits ? 0 : form;
  front.exceptions = from.get<std::uint8_t>();
  if (front.width == kWhole && front.exceptions > 0) return false;
  front.packed = from.bytes(packed_bytes(front.count, front.width));
  return from.ok();
}

/// Calls `take` with each exception's place and the bits above the width; false when one is none.
template <class F>
bool for_exceptions(Cursor& from, const Front& front, F&& take) noexcept {
  for (unsigned i = 0; i < front.exceptions; ++i) {
    const std::size_t place = from.get<std::uint16_t>();
    const auto rest = from.varint();
    if (!from.ok() || place >= front.count) return false;
    take(place, rest);
  }
  return true;
}

}  // namespace

std::byte* store_integers(std::byte* target, std::span<std::uint64_t> values) {
  FACTORWAL_CHECK(values.size() <= kColumnRowsMax);
  const auto any = any_bit(values);
  if (any == 0) {
    *target = std::byte{0};
    return target + 1;
  }
  Widths widths;
  count_widths(values, widths);
  const auto packing =
      choose_packing(widths, values.size(), static_cast<unsigned>(std::bit_width(any)));
  const unsigned form = packing.width > 0 ? packing.width : kNoBits;
  *target++ = static_cast<std::byte>(form + (packing.zeros_apart ? kZerosApart : 0));
  if (packing.zeros_apart) {
    const auto kept = take_zeros_out(target, values);
    target += bitmap_bytes(values.size());
    values = values.first(kept);
  }
  auto* const counter = target++;
  *counter = std::byte{0};
  if (packing.width > 0) target = store_packed(target, values, packing.width);
  const bool exceptions = packing.width < kWhole && (any >> packing.width) != 0;
  return exceptions ? store_exceptions(target, counter, values, packing.width) : target;
}

bool load_integers(Cursor& from, std::span<std::uint64_t> values) {
  const unsigned form = from.get<std::uint8_t>();
  if (!from.ok()) return false;
  if (form == 0) {
    std::fill(values.begin(), values.end(), 0);
    return true;
  }
  Front front;
  if (!load_front(from, form, values.size(), front)) return false;
  const auto kept = values.first(front.count);
  if (front.width == 0) {
    std::fill(kept.begin(), kept.end(), 0);
  } else {
    load_packed(front.packed.data(), kept, front.width);
  }
  const bool loaded = for_exceptions(from, front, [&](std::size_t place, std::uint64_t rest) {
    kept[place] |= rest << front.width;
  });
  if (!loaded) return false;
  if (!front.bitmap.empty()) put_zeros_back(front.bitmap.data(), values, front.count);
  return true;
}

bool pass_integers(Cursor& from, std::size_t count) {
  const unsigned form = from.get<std::uint8_t>();
  if (!from.ok() || form == 0) return from.ok();
  Front front;
  if (!load_front(from, form, count, front)) return false;
  return for_exceptions(from, front, [](std::size_t, std::uint64_t) {});
}

}  // namespace factorwal::wal
