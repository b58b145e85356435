#include "feed/bytes/record_reader.h"

#include <algorithm>
#include <cstring>

#include "factorwal/feed/options.h"
#include "feed/bytes/cells.h"
#include "feed/limits.h"

namespace factorwal::feed {
namespace {

// A record of kMaxLineBytes, and as much again to read into at once.
constexpr std::size_t kBufferBytes = 2 * kMaxLineBytes;
// Lines are short: few files make the buffer grow.
constexpr std::size_t kFirstBufferBytes = std::size_t{64} << 10;
// How far a quoted cell may reach over line ends; what a stray quote costs to look for its end.
constexpr std::size_t kMaxQuotedBytes = std::size_t{64} << 10;

bool is_blank(std::span<const char> text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' '; });
}

std::span<char> without_carriage_return(std::span<char> text) {
  return !text.empty() && text.back() == '\r' ? text.first(text.size() - 1) : text;
}

}  // namespace

RecordReader::RecordReader(ByteSource source, AtEnd at_end)
    : source_(std::move(source)), buffer_(kFirstBufferBytes), at_end_(at_end) {}

void RecordReader::look_again(AtEnd at_end) noexcept {
  at_end_ = at_end;
  left_unfinished_ = false;
  source_ended_ = false;
}

bool RecordReader::refill() {
  if (source_ended_ || error_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > buffer_.size() / 2 && buffer_.size() < kBufferBytes) {
    buffer_.resize(2 * buffer_.size());
  }
  Result<std::size_t> got = source_.read(std::span(buffer_).subspan(end_));
  if (!got) {
    error_ = got.error();
    return false;
  }
  source_ended_ = *got == 0;
  end_ += *got;
  if (at_start_ && (end_ >= 3 || source_ended_)) {
    at_start_ = false;
    if (end_ >= 3 && std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) begin_ = 3;
  }
  return true;
}

std::optional<std::size_t> RecordReader::find_line_end(std::size_t from) {
  std::size_t scanned = from;
  for (;;) {
    const char* const base = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    if (scanned < size && !at_start_) {
      const void* const hit = std::memchr(base + scanned, '\n', size - scanned);
      if (hit != nullptr) return static_cast<std::size_t>(static_cast<const char*>(hit) - base);
      scanned = size;
    }
    if (size > kMaxLineBytes || !refill()) return std::nullopt;
    if (at_start_) continue;
    scanned = std::min(scanned, end_ - begin_);
  }
}

void RecordReader::drop_rest_of_long_line() {
  while (in_long_line_) {
    const char* const base = buffer_.data() + begin_;
    const void* const hit = begin_ == end_ ? nullptr : std::memchr(base, '\n', end_ - begin_);
    if (hit != nullptr) {
      begin_ += static_cast<std::size_t>(static_cast<const char*>(hit) - base) + 1;
      ++line_;
      in_long_line_ = false;
      return;
    }
    begin_ = end_;
    if (refill() && !(source_ended_ && begin_ == end_)) continue;
    if (!error_ && waits()) return;  // its rest is not written yet
    in_long_line_ = false;
  }
}

FeedStep RecordReader::take_unended(Record& record) {
  if (end_ - begin_ > kMaxLineBytes) {
    record.text = std::span(buffer_).subspan(begin_, kMaxLineBytes);
    record.too_long = true;
    begin_ += kMaxLineBytes;
    in_long_line_ = true;
    return FeedStep::kRow;
  }
  if (error_) return FeedStep::kFailed;
  if (begin_ == end_) {
    left_unfinished_ = waits() && source_.holds_back();
    return FeedStep::kEnd;
  }
  if (waits()) {
    left_unfinished_ = !is_blank(std::span(buffer_).subspan(begin_, end_ - begin_));
    return FeedStep::kEnd;
  }
  record.text = without_carriage_return(std::span(buffer_).subspan(begin_, end_ - begin_));
  begin_ = end_;
  return is_blank(record.text) ? FeedStep::kEnd : FeedStep::kRow;
}

FeedStep RecordReader::next_line(Record& record) {
  for (;;) {
    drop_rest_of_long_line();
    if (in_long_line_) return FeedStep::kEnd;
    const std::optional<std::size_t> length = find_line_end(0);
    record = Record{};
    record.line = line_;
    if (!length) return take_unended(record);
    if (*length > kMaxLineBytes) {
      record.too_long = true;
      record.text = std::span(buffer_).subspan(begin_, kMaxLineBytes);
    } else {
      record.text = without_carriage_return(std::span(buffer_).subspan(begin_, *length));
    }
    begin_ += *length + 1;
    ++line_;
    if (!is_blank(record.text)) return FeedStep::kRow;
  }
}

FeedStep RecordReader::next_record(char delimiter, Record& record) {
  const FeedStep step = next_line(record);
  if (step != FeedStep::kRow || record.too_long) return step;
  record.has_quotes = std::memchr(record.text.data(), '"', record.text.size()) != nullptr;
  if (record.has_quotes && !extend_over_quoted_lines(delimiter, record)) {
    --line_;
    left_unfinished_ = true;
    return FeedStep::kEnd;
  }
  return step;
}

bool RecordReader::extend_over_quoted_lines(char delimiter, Record& record) {
  QuoteScanner scanner(delimiter);
  scanner.scan(record.text);
  const bool ended = begin_ > 0 && buffer_[begin_ - 1] == '\n';
  const std::size_t first_bytes = record.text.size();
  const std::size_t taken = begin_ - static_cast<std::size_t>(record.text.data() - buffer_.data());
  begin_ -= taken;  // the lines ahead are looked at without taking them
  std::size_t length = taken;
  bool more = ended;
  if (scanner.open())
    scanner.scan(std::span(buffer_).subspan(begin_ + first_bytes, taken - first_bytes));
  while (scanner.open() && more && length < kMaxQuotedBytes) {
    const std::optional<std::size_t> end = find_line_end(length);
    if (!end && (error_ || !source_ended_)) break;
    const std::size_t next = end ? *end + 1 : end_ - begin_;
    scanner.scan(std::span(buffer_).subspan(begin_ + length, (end ? *end : next) - length));
    if (scanner.open() && end) scanner.scan(std::span(buffer_).subspan(begin_ + *end, 1));
    length = next;
    more = end.has_value();
  }
  const bool at_growing_end =
      at_end_ == AtEnd::kWaitForGrowth && waits() && source_ended_ && !error_;
  if (scanner.open() && at_growing_end && length < kMaxQuotedBytes) return false;
  record.bad_quotes = !scanner.closed();
  if (record.bad_quotes || length == taken) {
    record.text = std::span(buffer_).subspan(begin_, first_bytes);
    begin_ += taken;
    return true;
  }
  if (!more && waits()) return false;
  const std::span<char> whole = std::span(buffer_).subspan(begin_, length);
  const auto breaks =
      std::count(whole.begin() + static_cast<std::ptrdiff_t>(taken), whole.end(), '\n');
  line_ += static_cast<std::uint64_t>(breaks);
  record.text = without_carriage_return(more ? whole.first(length - 1) : whole);
  begin_ += length;
  return true;
}

std::vector<std::string> RecordReader::peek_lines(std::size_t count) {
  if (!source_.is_regular()) count = std::min(count, std::size_t{1});
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (lines.size() < count) {
    const std::optional<std::size_t> end = find_line_end(from);
    const std::size_t length = (end ? *end : end_ - begin_) - from;
    const std::span<char> text =
        without_carriage_return(std::span(buffer_).subspan(begin_ + from, length));
    const bool whole = end || (source_ended_ && !error_ && !waits());
    if (whole && !is_blank(text)) lines.emplace_back(text.data(), text.size());
    if (!end) break;
    from = *end + 1;
  }
  return lines;
}

}  // namespace factorwal::feed
