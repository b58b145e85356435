#pragma once
/// \file
/// Reads the records of a data directory in their order, also beside a live writer.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record.h"
#include "factorwal/result.h"

namespace factorwal {

/// The answer of `RecordStream::next`: a record, the end, or an error.
///
/// True in a condition when a record was read, so that `while (stream.next(record))` ends at the
/// end of the log and at an error; `RecordStream::status` tells the two apart. (`Result<bool>`
/// would be true at the end too: "no error".) The other members are those of `Result<bool>`.
class [[nodiscard]] FACTORWAL_EXPORT ReadResult {
 public:
  ReadResult(Result<bool> found) : found_(std::move(found)) {}  // NOLINT: as Result
  explicit operator bool() const noexcept { return found_.has_value() && *found_; }

  /// False on an error only.
  [[nodiscard]] bool has_value() const noexcept { return found_.has_value(); }
  /// Whether a record was read. Aborts on an error.
  [[nodiscard]] bool value() const { return found_.value(); }
  [[nodiscard]] bool operator*() const { return found_.value(); }
  /// The failure; kNotFound ("no further record") when nothing failed.
  [[nodiscard]] const Error& error() const noexcept;

 private:
  Result<bool> found_;
};

/// Records that retention cut while a log was read. They are no damage.
struct CutRecords {
  Sequence first = 0;  ///< 0: none
  Sequence last = 0;
  std::uint64_t records = 0;  ///< fewer than between both, where some were read in time
};

/// A single pass in order of sequence, with flat memory. Reads only; takes no lock. Damaged places
/// are skipped and told in `findings()`: what is given back was read from intact frames only.
/// Used by one thread at a time. A moved-from stream has no records, and says kClosed.
class FACTORWAL_EXPORT RecordStream {
 public:
  /// From the first record to the last; `Reader::records` begins at any. kNotFound when the
  /// directory holds no log.
  static Result<RecordStream> open(const std::string& directory);
  RecordStream(RecordStream&&) noexcept;
  RecordStream& operator=(RecordStream&&) noexcept;
  ~RecordStream();

  /// The next record, if there is one:
  ///
  ///     while (stream.next(record)) use(record);
  ///     if (!stream.status()) report(stream.status().error());
  ///
  /// Views in `record` hold until the next call, its ids as long as the stream. After an error
  /// every later call repeats it.
  [[nodiscard]] ReadResult next(LogRecord& record);
  /// The error at which `next` has ended, if it was one.
  [[nodiscard]] const Status& status() const noexcept;

  /// What is wrong, as far as it was read.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;
  /// Whether something durable is damaged.
  [[nodiscard]] bool corrupt() const noexcept;

  /// Records that retention cut while this read the log, before it had come to them. They are no
  /// damage, and were not given back.
  [[nodiscard]] std::uint64_t cut_records() const noexcept;
  [[nodiscard]] CutRecords cut() const noexcept;

  /// The highest sequence of the intact parts of the log that were read so far.
  [[nodiscard]] Sequence last_sequence() const noexcept;

  /// As of the call of `open`: what is certainly durable. Records above it may be read too.
  [[nodiscard]] Sequence durable_sequence() const noexcept;
  /// Whether the last writer closed the directory in order.
  [[nodiscard]] bool clean() const noexcept;
  /// The process that writes to the directory now; 0 if none.
  [[nodiscard]] std::int64_t writer_pid() const noexcept;

 private:
  friend class Reader;
  struct State;
  explicit RecordStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
