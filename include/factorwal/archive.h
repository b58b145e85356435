#pragma once
/// \file
/// Turns a log into sorted Parquet files that any reader of Parquet opens, beside the live writer.
/// Part of the library `factorwal::archive`.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/archive_options.h"
#include "factorwal/finding.h"

namespace factorwal {

struct ArchiveProgress {
  Sequence archived_sequence = 0;
  Sequence last_sequence = 0;  ///< what `archive_once` goes to
  std::uint64_t rows = 0;      ///< archived by this call
  std::uint64_t bytes = 0;     ///< of the files that this call has written
};

/// What one `archive_once` has done.
struct ArchiveReport {
  Sequence first_sequence = 0;     ///< where it began
  Sequence archived_sequence = 0;  ///< rows to here are in the archive, durably
  std::uint64_t rows = 0;
  std::uint64_t parts = 0;
  std::uint64_t bytes = 0;
  std::uint64_t compacted_days = 0;
  bool stopped = false;           ///< `stop` was set before all was done
  std::vector<Finding> findings;  ///< damage in the log: rows there are not archived
  std::uint64_t cut_records = 0;  ///< retention cut them before they were archived
};

/// The one writer of an archive; another one is refused with kLocked until this is destroyed. It
/// reads the log as any reader does, so the log's writer neither waits nor knows. It may be killed
/// at any point: what it had committed stays, what it had not is archived by the next one. Used by
/// one thread at a time.
class FACTORWAL_EXPORT Archiver {
 public:
  /// `directory`: a log's. kNotFound when there is none; kCorruption when the archive's manifest
  /// is damaged, or missing beside parts, or when the archive goes beyond the log.
  static Result<Archiver> open(const std::string& directory, const ArchiveOptions& options = {});
  Archiver(Archiver&&) noexcept;
  Archiver& operator=(Archiver&&) noexcept;
  ~Archiver();

  /// Archives the durable rows that are not archived yet, part by part, then compacts days.
  /// `progress` is called after each commit. `stop` is looked at before each part and day.
  [[nodiscard]] Result<ArchiveReport> archive_once(
      const std::function<void(const ArchiveProgress&)>& progress = {},
      const std::atomic<bool>* stop = nullptr);

  /// Rows of the log up to here are in the archive, durably.
  [[nodiscard]] Sequence archived_sequence() const noexcept;
  /// As `ArchiveOptions::last_sequence`, for later calls of `archive_once`.
  void set_last_sequence(Sequence last) noexcept;

 private:
  struct State;
  explicit Archiver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What is wrong with one file of an archive, or with rows that the log has otherwise.
struct ArchiveFault {
  std::string place;  ///< a file, or a range of sequences
  std::string message;
};

struct ArchiveVerification {
  Sequence first_sequence = 0;
  Sequence archived_sequence = 0;
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t compared_rows = 0;  ///< with those of the log
  std::vector<ArchiveFault> faults;
  [[nodiscard]] bool intact() const noexcept { return faults.empty(); }
};

/// Reads all of an archive: checksums, counts, order, sequences; and, with `log_directory`,
/// compares every row that the log still has. Reads only; memory is flat. An error only where the
/// archive cannot be read at all, kNotFound when there is none.
[[nodiscard]] FACTORWAL_EXPORT Result<ArchiveVerification> verify_archive(
    const std::string& archive_directory,
    const std::optional<std::string>& log_directory = std::nullopt,
    const std::atomic<bool>* stop = nullptr);

/// What an archive holds. kNotFound when there is none.
struct ArchiveMark {
  Sequence first_sequence = 0;
  Sequence archived_sequence = 0;
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  TradingDays days;  ///< by which its folders go
};
[[nodiscard]] FACTORWAL_EXPORT Result<ArchiveMark> read_archive_mark(
    const std::string& archive_directory);

}  // namespace factorwal
