#pragma once
/// Little-endian encoding into byte vectors, and a bounds-checked cursor for decoding.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace factorwal {

static_assert(std::endian::native == std::endian::little,
              "the log is little-endian and this code copies bytes as they are");

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

template <class T>
void store(std::byte* target, T value) noexcept {
  std::memcpy(target, &value, sizeof value);
}

template <class T>
[[nodiscard]] T load(const std::byte* source) noexcept {
  T value;
  std::memcpy(&value, source, sizeof value);
  return value;
}

template <class T>
void put(Bytes& out, T value) {
  const auto at = out.size();
  out.resize(at + sizeof value);
  store(out.data() + at, value);
}

inline void put_bytes(Bytes& out, ByteView bytes) {
  // Not insert(): g++ 12 at -O3 warns of an overflow there that cannot happen.
  if (bytes.empty()) return;
  const auto at = out.size();
  out.resize(at + bytes.size());
  std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// LEB128: seven bits a byte, low ones first. At most 10 bytes. Returns the end.
inline std::byte* store_varint(std::byte* target, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *target++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *target++ = static_cast<std::byte>(value);
  return target;
}

inline void put_varint(Bytes& out, std::uint64_t value) {
  std::byte buffer[10];
  put_bytes(out, {buffer, static_cast<std::size_t>(store_varint(buffer, value) - buffer)});
}

inline void put_text(Bytes& out, std::string_view text) {
  put_varint(out, text.size());
  put_bytes(out, as_bytes(text));
}

[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

/// Reads from a byte range. After the first read beyond the end, `ok()` is false and every later
/// read gives zero, so a caller checks once.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) noexcept : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }
  [[nodiscard]] const std::byte* position() const noexcept { return at_; }

  template <class T>
  [[nodiscard]] T get() noexcept {
    if (remaining() < sizeof(T)) return fail<T>();
    const T value = load<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  [[nodiscard]] std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return fail<std::uint64_t>();
      const auto byte = static_cast<std::uint64_t>(*at_++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail<std::uint64_t>();
  }

  [[nodiscard]] ByteView bytes(std::uint64_t size) noexcept {
    if (remaining() < size) {
      ok_ = false;
      at_ = end_;
      return {};
    }
    const ByteView view(at_, static_cast<std::size_t>(size));
    at_ += size;
    return view;
  }

  [[nodiscard]] std::string_view text() noexcept { return as_text(bytes(varint())); }

 private:
  template <class T>
  T fail() noexcept {
    ok_ = false;
    at_ = end_;
    return T{};
  }
  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

}  // namespace factorwal
