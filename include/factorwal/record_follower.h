#pragma once
/// \file
/// Follows a log that somebody writes to.

#include <cstdint>
#include <memory>

#include "factorwal/export.h"
#include "factorwal/record.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"

namespace factorwal {

/// The records behind the end of a look at a log (`Reader::follow`), as they come: from segment to
/// segment, also when the writer ends, is killed, and another one goes on. Never waits: ask again
/// after a while, say 100 ms. Reads only. Each sequence is given once: a record that a recovery
/// writes again is not given again. Used by one thread at a time.
class FACTORWAL_EXPORT RecordFollower {
 public:
  RecordFollower(RecordFollower&&) noexcept;
  RecordFollower& operator=(RecordFollower&&) noexcept;
  ~RecordFollower();

  /// The next record, if there is one by now; false without an error: nothing new yet.
  ///
  ///     while (follower.next(record)) use(record);
  ///     if (!follower.status()) report(follower.status().error());
  ///
  /// Views in `record` hold until the next call, its ids as long as the follower. After an error
  /// every later call repeats it.
  [[nodiscard]] ReadResult next(LogRecord& record);
  /// The error at which `next` has ended, if it was one.
  [[nodiscard]] const Status& status() const noexcept;

  /// Records that could not be read so far: damaged.
  [[nodiscard]] std::uint64_t missed_records() const noexcept;
  /// Records that retention cut before they were read. They are no damage.
  [[nodiscard]] std::uint64_t cut_records() const noexcept;

 private:
  friend class Reader;
  struct State;
  explicit RecordFollower(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
