#pragma once
/// \file
/// Reads a data directory from the first record to the last, also beside a live writer.

#include <memory>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record.h"
#include "factorwal/result.h"

namespace factorwal {

/// A single pass in order of sequence, with flat memory. Reads only; takes no lock. Damaged places
/// are skipped and told in `findings()`: what is given back was read from intact frames only.
/// One thread at a time.
class FACTORWAL_EXPORT RecordStream {
 public:
  /// kNotFound when the directory holds no log.
  static Result<RecordStream> open(const std::string& directory);
  RecordStream(RecordStream&&) noexcept;
  RecordStream& operator=(RecordStream&&) noexcept;
  ~RecordStream();

  /// The next record; false at the end. Views in `record` hold until the next call.
  [[nodiscard]] Result<bool> next(LogRecord& record);

  /// What is wrong, as far as it was read.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;
  /// Whether something durable is damaged.
  [[nodiscard]] bool corrupt() const noexcept;

  /// Records that retention cut while this read the log, before it had come to them. They are no
  /// damage, and were not given back.
  [[nodiscard]] std::uint64_t cut_records() const noexcept;

  /// As of the call of `open`: what is certainly durable. Records above it may be read too.
  [[nodiscard]] Sequence durable_sequence() const noexcept;
  /// Whether the last writer closed the directory in order.
  [[nodiscard]] bool clean() const noexcept;
  /// The process that writes to the directory now; 0 if none.
  [[nodiscard]] std::int64_t writer_pid() const noexcept;

 private:
  struct State;
  explicit RecordStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
