#include "wal/chunk/integer_column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/vector_clones.h"
#include "wal/chunk/zeros_apart.h"

namespace factorwal::wal {
namespace {

constexpr unsigned kWidestPacked = 56;  // what eight bytes from any bit on hold
constexpr unsigned kWhole = 64;
constexpr unsigned kNoBits = 65;
constexpr unsigned kZerosApart = 128;
constexpr unsigned kExceptionsMax = 255;
// About: two bytes of place, and one of seven bits at least.
constexpr std::size_t kExceptionBits = 24;

/// How many bits each value has; returns all of them together.
FACTORWAL_VECTOR_CLONES std::uint64_t find_widths(std::span<const std::uint64_t> values,
                                                  std::uint8_t* widths) noexcept {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    any |= values[i];
    widths[i] = static_cast<std::uint8_t>(std::bit_width(values[i]));
  }
  return any;
}

constexpr std::size_t kWidthsTogether = 128;  // as many as a byte counts
constexpr std::uint8_t kNoWidth = 255;

/// `widths` goes on with kNoWidth to the next multiple of kWidthsTogether.
FACTORWAL_VECTOR_CLONES std::size_t count_equal(std::span<const std::uint8_t> widths,
                                                std::uint8_t width) noexcept {
  std::size_t all = 0;
  for (std::size_t i = 0; i < widths.size(); i += kWidthsTogether) {
    const auto* some = widths.data() + i;
    std::uint8_t count = 0;
    for (std::size_t at = 0; at < kWidthsTogether; ++at) {
      count = static_cast<std::uint8_t>(count + (some[at] == width ? 1 : 0));
    }
    all += count;
  }
  return all;
}

struct Packing {
  unsigned width = kWhole;
  bool zeros_apart = false;
};

/// From the widest value down: each bit less is saved once a value, and costs an exception for each
/// value that had it.
Packing choose_packing(std::span<const std::uint8_t> widths, unsigned widest) noexcept {
  Packing best;
  std::size_t least = ~std::size_t{0};
  std::size_t exceptions = 0;
  std::size_t exception_bits = 0;
  const auto count = widths.size();
  const auto others = count - count_equal(widths, 0);
  for (unsigned width = widest;; --width) {
    const std::size_t bits = width > kWidestPacked ? kWhole : width;
    const auto all = count * bits + exception_bits;
    const auto apart = count + others * bits + exception_bits;
    if (std::min(all, apart) < least) {
      least = std::min(all, apart);
      best = {static_cast<unsigned>(bits), apart < all};
    }
    const auto wide = count_equal(widths, static_cast<std::uint8_t>(width));
    exception_bits += exceptions + wide * kExceptionBits;
    exceptions += wide;
    if (width == 0 || exceptions > kExceptionsMax || exception_bits > least) return best;
  }
}

// Eight values of any width end at a byte, so that every shift is known when this is compiled.
constexpr std::size_t kTogether = 8;

template <unsigned kWidth>
void pack_eight(const std::uint64_t* values, std::byte* at) noexcept {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kWidth) - 1;
  std::uint64_t word = 0;
  unsigned bits = 0;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kTogether; ++i) {
    const auto value = values[i] & kMask;
    word |= value << bits;
    bits += kWidth;
    if (bits < kWhole) continue;
    store(at, word);
    at += sizeof word;
    bits -= kWhole;
    word = bits > 0 ? value >> (kWidth - bits) : 0;
  }
  if (bits > 0) store(at, word);
}

template <unsigned kWidth>
void unpack_eight(const std::byte* at, std::uint64_t* values) noexcept {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kWidth) - 1;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kTogether; ++i) {
    const auto bit = i * kWidth;
    values[i] = (load<std::uint64_t>(at + bit / 8) >> (bit % 8)) & kMask;
  }
}

template <unsigned kWidth>
void pack_all(const std::uint64_t* values, std::size_t eights, std::byte* at) noexcept {
  for (; eights > 0; --eights, values += kTogether, at += kWidth) pack_eight<kWidth>(values, at);
}

template <unsigned kWidth>
void unpack_all(const std::byte* at, std::size_t eights, std::uint64_t* values) noexcept {
  for (; eights > 0; --eights, values += kTogether, at += kWidth) unpack_eight<kWidth>(at, values);
}

using Pack = void (*)(const std::uint64_t* values, std::size_t eights, std::byte* at) noexcept;
using Unpack = void (*)(const std::byte* at, std::size_t eights, std::uint64_t* values) noexcept;

template <std::size_t... kWidths>
constexpr std::array<Pack, sizeof...(kWidths)> packs_of(std::index_sequence<kWidths...>) {
  return {&pack_all<kWidths + 1>...};
}
template <std::size_t... kWidths>
constexpr std::array<Unpack, sizeof...(kWidths)> unpacks_of(std::index_sequence<kWidths...>) {
  return {&unpack_all<kWidths + 1>...};
}
constexpr auto kPacks = packs_of(std::make_index_sequence<kWidestPacked>());
constexpr auto kUnpacks = unpacks_of(std::make_index_sequence<kWidestPacked>());

std::byte* store_packed(std::byte* at, std::span<const std::uint64_t> values,
                        unsigned width) noexcept {
  if (width == kWhole) {
    std::memcpy(at, values.data(), values.size_bytes());
    return at + values.size_bytes();
  }
  const auto eights = values.size() / kTogether;
  kPacks[width - 1](values.data(), eights, at);
  at += eights * width;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::uint64_t waiting = 0;
  unsigned bits = 0;
  for (const auto value : values.subspan(eights * kTogether)) {
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
  constexpr std::size_t kLookedAt = 16;
  unsigned count = 0;
  for (std::size_t first = 0; first < values.size(); first += kLookedAt) {
    const auto end = std::min(values.size(), first + kLookedAt);
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

constexpr std::size_t bitmap_bytes(std::size_t count) noexcept { return (count + 7) / 8; }
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) noexcept {
  return (count * width + 7) / 8;
}

void load_packed(const std::byte* at, std::span<std::uint64_t> values, unsigned width) noexcept {
  if (values.empty()) return;  // a null target is not memcpy's, not even for nothing
  if (width == kWhole) {
    std::memcpy(values.data(), at, values.size_bytes());
    return;
  }
  const auto eights = values.size() / kTogether;
  kUnpacks[width - 1](at, eights, values.data());
  at += eights * width;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::size_t bit = 0;
  for (auto& value : values.subspan(eights * kTogether)) {
    value = (load<std::uint64_t>(at + bit / 8) >> (bit % 8)) & mask;
    bit += width;
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

/// How many of the first `first` integers of `count` are not zeros that are apart.
std::size_t kept_of(const Front& front, std::size_t first, std::size_t count) noexcept {
  if (front.bitmap.empty()) return first;
  if (first == count) return front.count;
  const auto whole = first / 8;
  const auto rest = (1U << (first % 8)) - 1;
  return count_bits(front.bitmap.first(whole), 8 * whole) +
         static_cast<unsigned>(std::popcount(static_cast<unsigned>(front.bitmap[whole]) & rest));
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
  alignas(64) std::array<std::uint8_t, kColumnRowsMax + 1> widths;
  std::fill_n(widths.data() + values.size(), kWidthsTogether - values.size() % kWidthsTogether,
              kNoWidth);
  const auto any = find_widths(values, widths.data());
  if (any == 0) {
    *target = std::byte{0};
    return target + 1;
  }
  const auto packing = choose_packing(std::span(widths).first(values.size()),
                                      static_cast<unsigned>(std::bit_width(any)));
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
  return load_integers(from, values, values.size());
}

bool load_integers(Cursor& from, std::span<std::uint64_t> values, std::size_t count) {
  const unsigned form = from.get<std::uint8_t>();
  if (!from.ok()) return false;
  if (form == 0) {
    std::fill(values.begin(), values.end(), 0);
    return true;
  }
  Front front;
  if (!load_front(from, form, count, front)) return false;
  const auto kept = values.first(kept_of(front, values.size(), count));
  if (front.width == 0) {
    std::fill(kept.begin(), kept.end(), 0);
  } else {
    load_packed(front.packed.data(), kept, front.width);
  }
  const bool loaded = for_exceptions(from, front, [&](std::size_t place, std::uint64_t rest) {
    if (place < kept.size()) kept[place] |= rest << front.width;
  });
  if (!loaded) return false;
  if (!front.bitmap.empty()) put_zeros_back(front.bitmap.data(), values, kept.size());
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
