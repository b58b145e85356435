#include "feed/bytes/text_decoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "feed/bytes/utf8_scan.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
// Of a line that tells its encoding; a longer one tells nothing.
constexpr std::size_t kTellingBytes = std::size_t{64} << 10;

bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

std::size_t ascii_prefix(std::string_view text) noexcept {
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & kHigh) != 0) break;
  }
  while (at < text.size() && is_ascii(text[at])) ++at;
  return at;
}

/// UTF-16 or UTF-32 by the first bytes; empty: neither.
std::string_view wide_encoding(std::string_view head) noexcept {
  using namespace std::string_view_literals;
  if (head.starts_with("\xff\xfe\0\0"sv)) return "UTF-32LE";
  if (head.starts_with("\xff\xfe"sv)) return "UTF-16LE";
  if (head.starts_with("\xfe\xff"sv)) return "UTF-16BE";
  if (head.size() < 2) return {};
  if (head[0] != 0 && is_ascii(head[0]) && head[1] == 0) return "UTF-16LE";
  if (head[0] == 0 && head[1] != 0 && is_ascii(head[1])) return "UTF-16BE";
  return {};
}

std::size_t unit_bytes(std::string_view encoding) noexcept {
  const auto begins = [&](std::string_view name) {
    return same_word(encoding.substr(0, name.size()), name);
  };
  if (begins("UTF-16") || begins("UTF16") || begins("UCS-2") || begins("UCS2")) return 2;
  return begins("UTF-32") || begins("UTF32") || begins("UCS-4") || begins("UCS4") ? 4 : 1;
}

}  // namespace

bool looks_like_gb18030(std::string_view line) noexcept {
  std::size_t characters = 0;
  std::size_t chinese = 0;  // in GB2312
  std::size_t usual = 0;    // of these: symbols, and the first level, by pronunciation
  const auto in = [](unsigned char byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
  };
  for (std::size_t i = 0; i < line.size();) {
    std::array<unsigned char, 4> at{};
    std::memcpy(at.data(), line.data() + i, std::min(at.size(), line.size() - i));
    if (at[0] < 0x80) {
      ++i;
      continue;
    }
    ++characters;
    const bool pair = in(at[1], 0x40, 0x7e) || in(at[1], 0x80, 0xfe);
    const bool four = in(at[1], 0x30, 0x39) && in(at[2], 0x81, 0xfe) && in(at[3], 0x30, 0x39);
    if (!in(at[0], 0x81, 0xfe) || !(pair || four)) return false;
    const bool common = in(at[0], 0xa1, 0xa9) || in(at[0], 0xb0, 0xd7);
    const bool gb2312 = pair && in(at[1], 0xa1, 0xfe) && (common || in(at[0], 0xd8, 0xf7));
    chinese += gb2312 ? 1U : 0U;
    usual += gb2312 && common ? 1U : 0U;
    i += pair ? 2 : 4;
  }
  return characters > 0 && 4 * chinese >= 3 * characters && 2 * usual >= chinese;
}

TextDecoder::~TextDecoder() {
  if (converter_ != nullptr) iconv_close(converter_);
}

Result<bool> TextDecoder::hold_more() {
  const std::size_t known = held_.size();
  held_.resize(known + kPieceBytes);
  const Result<std::size_t> got = below_.read(std::span(held_).subspan(known));
  held_.resize(known + (got ? *got : 0));
  if (!got) return got.error();
  return *got > 0;
}

std::size_t TextDecoder::take(std::string& from, std::span<char> into) const {
  const std::size_t size = std::min(from.size(), into.size());
  std::memcpy(into.data(), from.data(), size);
  from.erase(0, size);
  return size;
}

Status TextDecoder::convert_from(const std::string& encoding) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): so iconv says that it failed
  constexpr auto failed = [](iconv_t made) { return made == reinterpret_cast<iconv_t>(-1); };
  const iconv_t made = iconv_open("UTF-8", encoding.c_str());
  if (failed(made)) {
    return Error{Errc::kInvalidArgument, setup_.option +
                                             ": the C library of this system knows no \"" +
                                             encoding + "\"; iconv -l lists what it does"};
  }
  converter_ = made;
  unit_ = unit_bytes(encoding);
  mode_ = Mode::kConvert;
  return {};
}

Status TextDecoder::begin() {
  const std::string& told = setup_.encoding;
  if (same_word(told, "UTF-8") || same_word(told, "UTF8")) {
    mode_ = Mode::kAsIs;
    return {};
  }
  if (!told.empty()) return convert_from(told);
  constexpr std::size_t kMarkBytes = 4;
  while (held_.size() < kMarkBytes) {
    const Result<bool> more = hold_more();
    if (!more) return more.error();
    if (!*more) break;
  }
  if (held_.empty() || (held_.size() < 2 && setup_.waits)) return {};
  const std::string wide(wide_encoding(held_));
  mode_ = Mode::kAscii;
  if (wide.empty()) return {};
  setup_.note("is " + wide.substr(0, 6) + " text");
  return convert_from(wide);
}

Status TextDecoder::decide_by_line() {
  std::size_t end = held_.find('\n');
  while (end == std::string::npos && held_.size() < kTellingBytes) {
    const Result<bool> more = hold_more();
    if (!more) return more.error();
    end = held_.find('\n');
    if (!*more && setup_.waits) return {};
    if (!*more) end = held_.size();
  }
  const std::string_view line = std::string_view(held_).substr(0, end);
  mode_ = Mode::kAsIs;
  if (end == std::string::npos || is_utf8(line) || !looks_like_gb18030(line)) return {};
  setup_.note("is GB18030 text, by its first characters (" + setup_.option +
              " gives another encoding)");
  return convert_from("GB18030");
}

Result<std::size_t> TextDecoder::read_ascii(std::span<char> into) {
  std::size_t size = 0;
  if (held_.empty()) {
    Result<std::size_t> got = below_.read(into);
    if (!got || *got == 0) return got;
    size = ascii_prefix({into.data(), *got});
    held_.assign(into.data() + size, *got - size);
  } else {
    size = std::min(ascii_prefix(held_), into.size());
    std::memcpy(into.data(), held_.data(), size);
    held_.erase(0, size);
  }
  if (!held_.empty() && !is_ascii(held_.front())) mode_ = Mode::kLine;
  return size;
}

void TextDecoder::convert_some() {
  converted_.resize(2 * held_.size() + 64);
  char* in = held_.data();
  char* out = converted_.data();
  std::size_t left = held_.size();
  std::size_t room = converted_.size();
  while (left > 0 && iconv(converter_, &in, &left, &out, &room) == static_cast<std::size_t>(-1)) {
    if (errno != EILSEQ || room == 0) break;  // a piece of a character, or no more room
    *out++ = '\xff';
    --room;
    const std::size_t passed = std::min(unit_, left);
    in += passed;
    left -= passed;
  }
  converted_.resize(converted_.size() - room);
  held_.erase(0, held_.size() - left);
}

Result<std::size_t> TextDecoder::read_converted(std::span<char> into) {
  bool more = true;
  while (converted_.empty() && more) {
    if (!held_.empty()) convert_some();
    if (!converted_.empty()) break;
    const Result<bool> got = hold_more();
    if (!got) return got.error();
    more = *got;
  }
  if (!more && !setup_.waits && !held_.empty()) {
    held_.clear();
    converted_ = '\xff';
  }
  return take(converted_, into);
}

Result<std::size_t> TextDecoder::read(std::span<char> into) {
  for (;;) {
    if (mode_ == Mode::kStart) {
      if (Status begun = begin(); !begun) return begun.error();
      if (mode_ == Mode::kStart) return std::size_t{0};
    }
    if (mode_ == Mode::kLine) {
      if (Status decided = decide_by_line(); !decided) return decided.error();
      if (mode_ == Mode::kLine) return std::size_t{0};
    }
    if (mode_ == Mode::kConvert) return read_converted(into);
    if (mode_ == Mode::kAsIs) return held_.empty() ? below_.read(into) : take(held_, into);
    Result<std::size_t> got = read_ascii(into);
    if (!got || *got > 0 || mode_ == Mode::kAscii) return got;
  }
}

}  // namespace factorwal::feed
