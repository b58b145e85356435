#pragma once
/// Factor text to words.

#include <cstddef>
#include <string_view>
#include <vector>

#include "factorwal/result.h"
#include "language/source.h"

namespace factorwal::language {

enum class TokenKind : unsigned char {
  kName,
  kQuoted,  // `a name`; the text is without the backticks
  kNumber,
  kSymbol,   // one of ( ) , = + - * / < <= > >= == != && || ! ? :
  kNewline,  // outside brackets only
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t offset = 0;
  std::string_view text;
  double number = 0;

  [[nodiscard]] bool is(char symbol) const noexcept { return is(std::string_view(&symbol, 1)); }
  [[nodiscard]] bool is(std::string_view symbol) const noexcept {
    return kind == TokenKind::kSymbol && text == symbol;
  }
};

/// Every token; the last is kEnd. Plain names are ASCII letters, digits, `_` and any character
/// beyond ASCII that is not space or punctuation, at most 255 bytes.
[[nodiscard]] Result<std::vector<Token>> tokenize(const Source& source);

/// Whether `name` is one word of the language and not reserved.
[[nodiscard]] bool is_plain_name(std::string_view name);
/// Words that mean something, now or in a later release.
[[nodiscard]] bool is_reserved(std::string_view name) noexcept;

}  // namespace factorwal::language
