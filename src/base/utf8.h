#pragma once
/// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms).

#include <cstddef>
#include <string_view>

namespace factorwal {

/// The offset of the first byte that is not part of a well-formed sequence; `text.size()` if none.
[[nodiscard]] constexpr std::size_t first_invalid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  while (at < text.size()) {
    const unsigned lead = byte(at);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    std::size_t trail_count = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;  // of the first trailing byte
    if (lead >= 0xC2 && lead <= 0xDF) {
      trail_count = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      trail_count = 2;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      trail_count = 3;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return at;
    }
    if (text.size() - at <= trail_count) return at;
    for (std::size_t i = 1; i <= trail_count; ++i) {
      const unsigned trail = byte(at + i);
      if (trail < low || trail > high) return at;
      low = 0x80;
      high = 0xBF;
    }
    at += trail_count + 1;
  }
  return at;
}

[[nodiscard]] constexpr bool is_valid_utf8(std::string_view text) noexcept {
  return first_invalid_utf8(text) == text.size();
}

}  // namespace factorwal
