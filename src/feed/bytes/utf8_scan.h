#pragma once
/// \file
/// Telling plain ASCII from lines that need a closer look, eight bytes at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feed/digits.h"

namespace factorwal::feed {

/// True when `text` may hold a NUL or a byte over 0x7f. Never false when it does.
[[nodiscard]] inline bool has_odd_bytes(std::string_view text) noexcept {
  std::uint64_t odd = 0;
  const auto look = [&odd](std::uint64_t word) { odd |= (word - kEachByte) | word; };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) look(eight_at(text.data() + at));
  if (at > 0) {
    look(eight_at(text.data() + text.size() - 8));
  } else {
    for (const char c : text) look(kEachByte * static_cast<unsigned char>(c));
  }
  return (odd & kEachByte * 0x80) != 0;
}

/// The bytes of the well-formed UTF-8 sequence that `text` begins with; 0 if it does not
/// (overlong forms, surrogates and values over 10FFFF are not well-formed).
[[nodiscard]] inline std::size_t utf8_sequence_bytes(std::string_view text) noexcept {
  const auto at = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[index]))
                               : 0U;
  };
  const auto tail = [&](std::size_t index) { return (at(index) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (text.empty()) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    const bool overlong = lead == 0xE0 && at(1) < 0xA0;
    const bool surrogate = lead == 0xED && at(1) >= 0xA0;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    const bool overlong = lead == 0xF0 && at(1) < 0x90;
    const bool beyond = lead == 0xF4 && at(1) >= 0x90;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_bytes(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace factorwal::feed
