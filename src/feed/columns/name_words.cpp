#include "feed/columns/name_words.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "feed/columns/column_names.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

/// Longer names say more than one thing; and the search below takes a time of their square.
constexpr std::size_t kNameBytesMax = 64;

}  // namespace

std::string words_of(std::string_view name) {
  std::string out;
  for (const char c : snake_case(name)) {
    const bool foreign = static_cast<unsigned char>(c) >= 0x80;
    const bool part = foreign || is_letter(c) || is_digit(c);
    const bool changes = part && !out.empty() && is_digit(out.back()) != is_digit(c);
    if ((!part || changes) && !out.empty() && out.back() != ' ') out += ' ';
    if (part) out += c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool made_of(std::string_view name, std::initializer_list<NameParts> needed, NameParts around) {
  if (name.size() > kNameBytesMax) return false;
  const std::string text = words_of(name);
  // For each place, which sets of needed words can have been met before it.
  const std::size_t all = (std::size_t{1} << needed.size()) - 1;
  std::vector<std::vector<bool>> reached(text.size() + 1, std::vector<bool>(all + 1, false));
  reached[0][0] = true;
  const auto walk = [&](std::size_t at, std::string_view word, std::size_t met) {
    if (!std::string_view(text).substr(at).starts_with(word)) return;
    // `ts` is a word of its own, and no part of `contracts`.
    const std::size_t end = at + word.size();
    const bool whole = (at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ');
    if (!whole && word.size() < 3 && word != "px") return;
    for (std::size_t before = 0; before <= all; ++before) {
      if (reached[at][before]) reached[end][before | met] = true;
    }
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ') {
      for (std::size_t met = 0; met <= all; ++met) {
        if (reached[at][met]) reached[at + 1][met] = true;
      }
      continue;
    }
    std::size_t met = 1;
    for (const NameParts words : needed) {
      for (const std::string_view word : words) walk(at, word, met);
      met <<= 1;
    }
    for (const std::string_view word : around) walk(at, word, 0);
  }
  return reached[text.size()][all];
}

}  // namespace factorwal::feed
