#include "language/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/utf8.h"
#include "factorwal/operators/missing.h"

namespace factorwal::language {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kBracketDepthMax = 200;

constexpr std::array<std::string_view, 17> kReserved = {
    "factor", "let",  "def",     "on",     "and",   "or",    "not",  "if",  "else",
    "then",   "true", "dialect", "import", "false", "where", "with", "nan",
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

/// Requires: well-formed UTF-8.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  if (byte(0) < 0xE0) return {char32_t(byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu), 2};
  if (byte(0) < 0xF0) {
    return {char32_t(byte(0) & 0x0Fu) << 12 | char32_t(byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu),
            3};
  }
  return {char32_t(byte(0) & 0x07u) << 18 | char32_t(byte(1) & 0x3Fu) << 12 |
              char32_t(byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu),
          4};
}

/// Spaces and punctuation of other scripts, which would look wrong as part of a name.
bool is_foreign_mark(char32_t code) {
  return (code >= 0x80 && code <= 0xA9) || (code >= 0x2000 && code <= 0x206F) ||
         (code >= 0x3000 && code <= 0x303F) || (code >= 0xFF00 && code <= 0xFF0F) ||
         (code >= 0xFF1A && code <= 0xFF20) || (code >= 0xFF3B && code <= 0xFF40) ||
         (code >= 0xFF5B && code <= 0xFF65) || code == 0xFEFF || code == 0x2212;
}

std::string foreign_mark_message(std::string_view shown, char32_t code) {
  std::string message = "the character ";
  message.append(quoted(shown)).append(" is not part of the language");
  if (code > 0xFF00 && code < 0xFF5F) {
    message.append("; write the plain ").append(1, '`');
    message.append(1, static_cast<char>(code - 0xFEE0)).append("`");
  } else if (code == 0x2212 || code == 0x2013 || code == 0x2014) {
    message.append("; write the plain `-`");
  } else if (code == 0x3000 || code == 0xA0) {
    message = "this space is not a plain one; write a plain space";
  }
  return message;
}

/// 0: none is there.
std::size_t symbol_length(std::string_view rest) {
  for (const std::string_view two : {"<=", ">=", "==", "!=", "&&", "||"}) {
    if (rest.starts_with(two)) return 2;
  }
  if (rest.starts_with("**")) return 0;
  return std::string_view("(),=+-*/<>!?:").find(rest[0]) == std::string_view::npos ? 0 : 1;
}

std::string unknown_symbol_message(std::string_view rest) {
  const std::string_view two = rest.substr(0, 2);
  if (two == "**") return "powers (`**`) are not in this release";
  switch (rest[0]) {
    case '^': return "`^` is not part of the language";
    case '&': return "write `and` or `&&`";
    case '|': return "write `or` or `||`";
    case '@': return "values of other instruments (`close@name`) are not in this release";
    case '.': return "picking one output with `.` is not in this release";
    case '$': return "write field names without `$`";
    case ';': return "statements end with the line; `;` is not part of the language";
    case '[':
    case ']':
    case '{':
    case '}': return "only round brackets are part of the language";
    default: break;
  }
  return quoted(rest.substr(0, 1)).append(" is not part of the language");
}

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), text_(source.text()) {}

  Result<std::vector<Token>> run() {
    if (text_.size() > kTextBytesMax) {
      return source_.error_at(kTextBytesMax, "the text is longer than 1 MiB");
    }
    if (const std::size_t bad = first_invalid_utf8(text_); bad < text_.size()) {
      return source_.error_at(bad, "this byte is not valid UTF-8");
    }
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark, as some editors write
    while (at_ < text_.size()) {
      if (Status step = next(); !step) return std::move(step).error();
    }
    if (!open_brackets_.empty()) {
      return source_.error_at(open_brackets_.back(), "this `(` is never closed");
    }
    add(TokenKind::kNewline, 0);
    add(TokenKind::kEnd, 0);
    return std::move(tokens_);
  }

 private:
  void add(TokenKind kind, std::size_t length, double number = 0) {
    tokens_.push_back({kind, at_, text_.substr(at_, length), number});
    at_ += length;
  }

  Status next() {
    const char c = text_[at_];
    if (c == '\n') {
      line_has_tokens_ = false;
      if (open_brackets_.empty()) {
        add(TokenKind::kNewline, 1);
      } else {
        ++at_;
      }
      return {};
    }
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
      return {};
    }
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return {};
    }
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      return number();
    }
    if (is_letter(c) || is_beyond_ascii(c)) return name();
    if (c == '`') return quoted_name();
    return symbol();
  }

  Status quoted_name() {
    const std::string_view rest = text_.substr(at_ + 1);
    const std::size_t length = rest.find_first_of("`\r\n");
    if (length == std::string_view::npos || rest[length] != '`') {
      return source_.error_at(at_, "this backtick is never closed");
    }
    if (length == 0) return source_.error_at(at_, "there is no name between these backticks");
    if (length > kNameBytesMax) {
      return source_.error_at(at_, "this name is longer than 255 bytes");
    }
    tokens_.push_back({TokenKind::kQuoted, at_, rest.substr(0, length)});
    at_ += length + 2;
    line_has_tokens_ = true;
    return {};
  }

  Status symbol() {
    const char c = text_[at_];
    if (c == '\0') return source_.error_at(at_, "a NUL byte is not part of the language");
    const std::string_view rest = text_.substr(at_);
    const auto length = symbol_length(rest);
    if (length == 0) return source_.error_at(at_, unknown_symbol_message(rest));
    if (rest.starts_with("//")) {
      return source_.error_at(at_, "`//` is not part of the language; comments begin with `#`");
    }
    if (c == '(') {
      if (open_brackets_.size() == kBracketDepthMax) {
        return source_.error_at(at_, "brackets are nested deeper than 200 levels");
      }
      open_brackets_.push_back(at_);
    }
    if (c == ')') {
      if (open_brackets_.empty()) return source_.error_at(at_, "this `)` closes nothing");
      open_brackets_.pop_back();
    }
    add(TokenKind::kSymbol, length);
    line_has_tokens_ = true;
    return {};
  }

  Status number() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, failure] = std::from_chars(begin, text_.data() + text_.size(), value);
    const auto length = static_cast<std::size_t>(end - begin);
    if (failure == std::errc::result_out_of_range || !is_present(value)) {
      return source_.error_at(at_, "this number is out of range; magnitudes go up to 1e300");
    }
    const std::size_t after = at_ + length;
    if (after < text_.size() && is_letter(text_[after])) {
      std::size_t suffix_end = after;
      while (suffix_end < text_.size() && is_letter(text_[suffix_end])) ++suffix_end;
      const std::string_view suffix = text_.substr(after, suffix_end - after);
      for (const std::string_view unit : {"ns", "us", "ms", "s", "m", "h", "d"}) {
        if (suffix == unit) {
          return source_.error_at(at_,
                                  "windows in units of time are not in this release; give a "
                                  "number of ticks");
        }
      }
      return source_.error_at(after, "a number cannot be followed by a letter");
    }
    if (after < text_.size() && text_[after] == '.') {
      return source_.error_at(after, "a number has one decimal point");
    }
    add(TokenKind::kNumber, length, value);
    line_has_tokens_ = true;
    return {};
  }

  Status name() {
    std::size_t end = at_;
    while (end < text_.size()) {
      if (is_letter(text_[end]) || is_digit(text_[end])) {
        ++end;
      } else if (is_beyond_ascii(text_[end])) {
        const Character character = character_at(text_, end);
        if (is_foreign_mark(character.code)) {
          return source_.error_at(
              end, foreign_mark_message(text_.substr(end, character.bytes), character.code));
        }
        end += character.bytes;
      } else {
        break;
      }
    }
    const std::string_view word = text_.substr(at_, end - at_);
    if (word.size() > kNameBytesMax) {
      return source_.error_at(at_, "this name is longer than 255 bytes");
    }
    if (word == "factor" && !line_has_tokens_ && !open_brackets_.empty()) {
      return source_.error_at(open_brackets_.back(), "this `(` is never closed");
    }
    add(TokenKind::kName, word.size());
    line_has_tokens_ = true;
    return {};
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::vector<std::size_t> open_brackets_;
  bool line_has_tokens_ = false;
};

}  // namespace

Result<std::vector<Token>> tokenize(const Source& source) { return Lexer(source).run(); }

bool is_reserved(std::string_view name) noexcept {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

bool is_plain_name(std::string_view name) {
  const auto tokens = tokenize(Source(name, ""));
  return tokens && tokens->size() == 3 && tokens->front().kind == TokenKind::kName &&
         tokens->front().text == name && !is_reserved(name);
}

}  // namespace factorwal::language
