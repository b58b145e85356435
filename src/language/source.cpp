#include "language/source.h"

#include <algorithm>

#include "base/utf8.h"

namespace factorwal::language {
namespace {

// Of a very long line only the surroundings of the mistake are shown.
constexpr std::size_t kShownBytesBefore = 100;
constexpr std::size_t kShownBytesAfter = 60;

bool is_trail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The text with everything that a terminal would not show as one character made `?`.
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = first_invalid_utf8(text);
    for (const char c : text.substr(0, good)) {
      const auto byte = static_cast<unsigned char>(c);
      out += (byte < 0x20 && c != '\t') || byte == 0x7F ? '?' : c;
    }
    if (good < text.size()) out += '?';
    text.remove_prefix(std::min(text.size(), good + 1));
  }
  return out;
}

}  // namespace

Error Source::error_at(std::size_t offset, std::string_view message) const {
  offset = std::min(offset, text_.size());
  const std::string_view before = text_.substr(0, offset);
  const auto line_number = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::size_t line_end = text_.find('\n', offset);
  if (line_end == std::string_view::npos) line_end = text_.size();
  if (line_end > line_begin && text_[line_end - 1] == '\r') --line_end;
  offset = std::min(offset, std::max(line_end, line_begin));

  std::size_t column = 1;
  for (std::size_t i = line_begin; i < offset; ++i) column += is_trail(text_[i]) ? 0 : 1;

  std::size_t shown_begin = line_begin;
  if (offset - line_begin > kShownBytesBefore) shown_begin = offset - kShownBytesBefore;
  while (shown_begin < offset && is_trail(text_[shown_begin])) ++shown_begin;
  std::size_t shown_end = std::min(line_end, offset + kShownBytesAfter);
  while (shown_end < line_end && is_trail(text_[shown_end])) ++shown_end;

  std::string out(origin_);
  out.append(":").append(std::to_string(line_number));
  out.append(":").append(std::to_string(column)).append(": ").append(message).append("\n    ");
  out.append(printable(text_.substr(shown_begin, shown_end - shown_begin))).append("\n    ");
  for (const char c : printable(text_.substr(shown_begin, offset - shown_begin))) {
    if (c == '\t') {
      out += '\t';
    } else if (!is_trail(c)) {
      out += ' ';
    }
  }
  out += '^';
  return {Errc::kInvalidArgument, std::move(out)};
}

std::string quoted(std::string_view name) {
  constexpr std::size_t kShownNameBytes = 60;
  std::string shown("`");
  if (name.size() > kShownNameBytes) {
    std::size_t end = kShownNameBytes;
    while (end > 0 && is_trail(name[end])) --end;
    shown.append(printable(name.substr(0, end))).append("...");
  } else {
    shown.append(printable(name));
  }
  return shown.append("`");
}

}  // namespace factorwal::language
