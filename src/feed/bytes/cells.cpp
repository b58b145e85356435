#include "feed/bytes/cells.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "feed/digits.h"
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

namespace {

/// A bit for each delimiter in the 64 bytes or fewer from `from` on.
std::uint64_t find_delimiters(std::string_view text, std::size_t from, char delimiter) noexcept {
  const std::size_t size = std::min(text.size() - from, std::size_t{64});
  const char* const base = text.data() + from;
  std::uint64_t found = 0;
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    found |= gathered(bytes_equal(eight_at(base + at), delimiter)) << at;
  }
  if (at == size) return found;
  if (from + size >= 8) {
    // The last eight, less those that were seen.
    const std::size_t seen = at + 8 - size;
    return found | gathered(bytes_equal(eight_at(base + size - 8), delimiter)) >> seen << at;
  }
  for (; at < size; ++at) found |= std::uint64_t{base[at] == delimiter} << at;
  return found;
}

}  // namespace

void split_plain(std::string_view text, char delimiter, std::vector<std::string_view>& cells) {
  // Most records have as many cells as the one before, so nothing is made anew.
  std::size_t count = 0;
  std::size_t start = 0;
  const auto end_cell = [&](std::size_t at) {
    if (count == cells.size()) cells.emplace_back();
    cells[count++] = {text.data() + start, at - start};
    start = at + 1;
  };
  for (std::size_t from = 0; from < text.size(); from += 64) {
    for (std::uint64_t ends = find_delimiters(text, from, delimiter); ends != 0; ends &= ends - 1) {
      end_cell(from + static_cast<std::size_t>(std::countr_zero(ends)));
    }
  }
  end_cell(text.size());
  cells.resize(count);
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
