#pragma once
/// \file
/// Cuts a file into records (RFC 4180) within one bounded buffer, whatever the file's size.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/stream.h"
#include "factorwal/result.h"
#include "feed/bytes/byte_source.h"
#include "feed/limits.h"

namespace factorwal::feed {

struct Record {
  /// Without the line end. Valid until the next call; the splitter unescapes quotes in place.
  std::span<char> text;
  std::uint64_t line = 0;  ///< of the record's first byte, from 1
  bool has_quotes = false;
  bool too_long = false;    ///< only the beginning of a line over kMaxLineBytes
  bool bad_quotes = false;  ///< a quote that never closes, or text after one: the first line only
};

/// Lines end with LF or CRLF, the last one may lack its end; empty lines (or of spaces only) are
/// passed over. A byte order mark is dropped. When the source fails, the lines before the failure
/// are given first; the piece of a line that follows them is not.
class RecordReader {
 public:
  /// What the end of a file that may grow is.
  enum class AtEnd : std::uint8_t {
    kTakeAll = 1,        ///< its end: the last line may lack its own
    kWaitForLine = 2,    ///< its end: a last line without one is not finished, and not taken
    kWaitForGrowth = 3,  ///< as far as it is written: an open quote is not finished either
  };
  explicit RecordReader(ByteSource source, AtEnd at_end = AtEnd::kTakeAll);

  /// One line as it stands, for the header.
  FeedStep next_line(Record& record);
  /// One record: a line, or several where a quoted cell holds line ends. A quote that is still open
  /// after 64 KiB or at the end of the file is taken for a slip in its own line, so that it never
  /// swallows the rows that follow.
  FeedStep next_record(char delimiter, Record& record);
  /// Copies of the lines ahead, at most `count`, without taking them. Of a pipe only the first, so
  /// that nothing waits for more than that. After a failure: what came before it.
  std::vector<std::string> peek_lines(std::size_t count);

  /// After kEnd: looks again for what has been added since; with `at_end` from now on.
  void look_again(AtEnd at_end) noexcept;
  [[nodiscard]] AtEnd at_end() const noexcept { return at_end_; }
  /// At its end now, there may be more later.
  [[nodiscard]] bool waits() const noexcept {
    return at_end_ != AtEnd::kTakeAll && source_.may_grow();
  }
  [[nodiscard]] const ByteSource& source() const noexcept { return source_; }
  /// After kEnd: a line lies behind it that is not finished.
  [[nodiscard]] bool left_unfinished() const noexcept { return left_unfinished_; }
  /// What there is of it.
  [[nodiscard]] std::string_view unfinished() const noexcept {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool is_regular() const noexcept { return source_.is_regular(); }
  /// Requires: a call gave kFailed.
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  /// Where the line that starts at `from` ends; reads as needed, may move the buffer (`from` is
  /// relative to begin_). Nothing: too long, or the source ended or failed within it.
  std::optional<std::size_t> find_line_end(std::size_t from);
  bool refill();
  /// False: the record goes on in a line that is not finished; nothing was taken.
  bool extend_over_quoted_lines(char delimiter, Record& record);
  void drop_rest_of_long_line();
  FeedStep take_unended(Record& record);

  ByteSource source_;
  std::vector<char> buffer_;  // grows, up to its limit, when much of it is held
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 1;
  bool at_start_ = true;
  bool source_ended_ = false;
  bool in_long_line_ = false;
  AtEnd at_end_;
  bool left_unfinished_ = false;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
