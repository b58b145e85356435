#include "factorwal/feed/report.h"

#include <algorithm>

#include "feed/bytes/utf8_scan.h"
#include "feed/printable.h"

namespace factorwal::feed {

std::string_view to_string(BadRow kind) noexcept {
  switch (kind) {
    case BadRow::kNone: return "none";
    case BadRow::kColumnCount: return "wrong column count";
    case BadRow::kNotANumber: return "not a number";
    case BadRow::kEmptyInstrument: return "empty instrument";
    case BadRow::kLongInstrument: return "instrument id over 255 bytes";
    case BadRow::kBadTimestamp: return "unreadable timestamp";
    case BadRow::kAbsurdTimestamp: return "absurd timestamp";
    case BadRow::kNonexistentTime: return "local time that never was";
    case BadRow::kInvalidUtf8: return "invalid UTF-8";
    case BadRow::kNulByte: return "NUL byte";
    case BadRow::kLineTooLong: return "line too long";
    case BadRow::kBadQuoting: return "bad quoting";
  }
  return "unknown";
}

void FeedReport::note(const std::string& file, std::string text) {
  const auto same = [&](const FeedNote& known) { return known.text == text; };
  if (std::none_of(notes.begin(), notes.end(), same)) notes.push_back({file, std::move(text)});
}

std::string printable(std::string_view text) {
  constexpr std::size_t kShownBytes = 40;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  std::size_t at = 0;
  while (at < text.size() && at < kShownBytes) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_sequence_bytes(text.substr(at));
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  if (at < text.size()) out += "...";
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  out += printable(text);
  out += '"';
  return out;
}

}  // namespace factorwal::feed
