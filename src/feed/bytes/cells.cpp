#include "feed/bytes/cells.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "feed/printable.h"

namespace factorwal::feed {

QuoteScanner::State QuoteScanner::after(char c) const noexcept {
  const bool cell_ends = c == delimiter_;
  const bool space = c == ' ' || c == '\r';
  switch (state_) {
    case State::kCellStart:
      if (c == '"') return State::kQuoted;
      return cell_ends || c == ' ' ? State::kCellStart : State::kPlain;
    case State::kPlain: return cell_ends ? State::kCellStart : State::kPlain;
    case State::kQuoted: return c == '"' ? State::kQuoteInQuoted : State::kQuoted;
    case State::kQuoteInQuoted:
      if (c == '"') return State::kQuoted;
      [[fallthrough]];
    case State::kAfterQuote:
      if (cell_ends) return State::kCellStart;
      return space ? State::kAfterQuote : State::kBad;
    case State::kBad: break;
  }
  return State::kBad;
}

void QuoteScanner::scan(std::span<const char> text) noexcept {
  for (const char c : text) state_ = after(c);
}

void split_plain(std::string_view text, char delimiter, std::vector<std::string_view>& cells) {
  cells.clear();
  const char* const base = text.data();
  std::size_t start = 0;
  const auto end_cell = [&](std::size_t at) {
    cells.emplace_back(base + start, at - start);
    start = at + 1;
  };
  std::size_t at = 0;
  // Eight bytes at a time: a byte of `ends` has its high bit set where there is a delimiter.
  constexpr std::uint64_t kLow = 0x0101010101010101U;
  constexpr std::uint64_t kRest = 0x7f7f7f7f7f7f7f7fU;
  const std::uint64_t pattern = kLow * static_cast<unsigned char>(delimiter);
  static_assert(std::endian::native == std::endian::little);
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, base + at, 8);
    word ^= pattern;
    std::uint64_t ends = ~(((word & kRest) + kRest) | word | kRest);
    for (; ends != 0; ends &= ends - 1) {
      end_cell(at + static_cast<std::size_t>(std::countr_zero(ends)) / 8);
    }
  }
  for (; at < text.size(); ++at) {
    if (base[at] == delimiter) end_cell(at);
  }
  end_cell(text.size());
}

void split_quoted(std::span<char> text, char delimiter, std::vector<std::string_view>& cells) {
  cells.clear();
  std::size_t at = 0;
  for (;;) {
    std::size_t start = at;
    while (start < text.size() && text[start] == ' ') ++start;
    if (start < text.size() && text[start] == '"') {
      std::size_t out = start;
      std::size_t in = start + 1;
      for (; in < text.size(); ++in) {
        if (text[in] == '"') {
          if (in + 1 >= text.size() || text[in + 1] != '"') break;
          ++in;
        }
        text[out++] = text[in];
      }
      cells.emplace_back(text.data() + start, out - start);
      at = in;
      while (at < text.size() && text[at] != delimiter) ++at;
    } else {
      start = at;
      while (at < text.size() && text[at] != delimiter) ++at;
      cells.emplace_back(text.data() + start, at - start);
    }
    if (at >= text.size()) return;
    ++at;
  }
}

char guess_delimiter(std::string_view header) noexcept {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const std::ptrdiff_t count = std::count(header.begin(), header.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace factorwal::feed
