#pragma once
/// \file
/// The cells of one record, and where its quotes open and close (RFC 4180).

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace factorwal::feed {

/// Follows the quotes of a record piece by piece. A quote opens only where a cell begins; elsewhere
/// it is a letter like any other.
class QuoteScanner {
 public:
  explicit QuoteScanner(char delimiter) noexcept : delimiter_(delimiter) {}
  void scan(std::span<const char> text) noexcept;
  /// Within quotes: the record goes on in the next line.
  [[nodiscard]] bool open() const noexcept { return state_ == State::kQuoted; }
  /// The record may end here; false also after text behind a closing quote.
  [[nodiscard]] bool closed() const noexcept { return !open() && state_ != State::kBad; }

 private:
  enum class State { kCellStart, kPlain, kQuoted, kQuoteInQuoted, kAfterQuote, kBad };
  [[nodiscard]] State after(char c) const noexcept;
  char delimiter_;
  State state_ = State::kCellStart;
};

/// Cells of a record without quotes.
void split_plain(std::string_view text, char delimiter, std::vector<std::string_view>& cells);
/// Cells of a record whose quotes close; they are unescaped in place.
void split_quoted(std::span<char> text, char delimiter, std::vector<std::string_view>& cells);

/// Comma, semicolon, tab or bar: the one that a header has most of; comma if none.
[[nodiscard]] char guess_delimiter(std::string_view header) noexcept;

/// Without leading and trailing spaces and tabs.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace factorwal::feed
