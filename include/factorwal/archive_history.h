#pragma once
/// \file
/// Rows of an archive, as `History` gives those of a log. Part of `factorwal::archive`.

#include <cstddef>
#include <memory>
#include <string>

#include "factorwal/export.h"
#include "factorwal/history.h"

namespace factorwal {

/// What bringing the rows of an archive into order of sequence may use.
struct ReadMemory {
  /// Rows that are held at once, about; they are given in copies of `batch_rows`.
  std::size_t bytes = std::size_t{128} << 20;
  /// Where a day of more rows is put meanwhile, in a file without a name. Empty: the system's
  /// directory for temporary files.
  std::string scratch_directory;
};

/// Bit for bit the rows that the log gave when they were archived, by sequence; a missing number
/// has the bits 7ff8000000000000. Every batch has the same columns: those that the archive has, or
/// those that the query names, in its order.
///
/// Row groups that the query rules out by instrument, time or sequence are not read. All files are
/// opened at once: a compaction meanwhile changes nothing. Used by one thread at a time.
class FACTORWAL_EXPORT ArchiveHistory {
 public:
  /// kNotFound when there is no archive, kInvalidArgument when `batch_rows` is 0.
  static Result<ArchiveHistory> open(const std::string& archive_directory,
                                     const HistoryQuery& query = {}, const ReadMemory& memory = {});
  ArchiveHistory(ArchiveHistory&&) noexcept;
  ArchiveHistory& operator=(ArchiveHistory&&) noexcept;
  ~ArchiveHistory();

  /// The next rows, at least one; false at the end. kCorruption at a part that is damaged; after
  /// an error every later call repeats it.
  [[nodiscard]] ReadResult next(ColumnBatch& batch);
  [[nodiscard]] const Status& status() const noexcept;
  /// Rows of the log up to here are in the archive, as of `open`. A query of the whole reads the
  /// log from the next one on.
  [[nodiscard]] Sequence archived_sequence() const noexcept;
  [[nodiscard]] Sequence first_sequence() const noexcept;

 private:
  struct State;
  explicit ArchiveHistory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
