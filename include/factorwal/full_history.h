#pragma once
/// \file
/// All of a log's history, whether it lies in the archive or in the log. Part of
/// `factorwal::archive`.

#include <memory>
#include <string>

#include "factorwal/archive_history.h"
#include "factorwal/batch_stream.h"
#include "factorwal/reader.h"

namespace factorwal {

struct FullHistoryOptions {
  /// Where the log's archive is. Empty: `archive` in the data directory.
  std::string archive_directory;
  ReadMemory memory;
};

/// Rows of a query by sequence: up to some sequence from the archive, behind it from the log, with
/// no gap and no double between them, whatever is archived, compacted and cut meanwhile. What a
/// `Reader` saw is the end: several histories of one Reader are of one state. Columns, names and
/// values are those that the log alone would give, had nothing been cut.
///
/// A log without an archive is read alone. What retention had cut before there was an archive is in
/// neither: see `first_sequence`. Used by one thread at a time; reads only.
class FACTORWAL_EXPORT FullHistory final : public BatchStream {
 public:
  /// kNotFound when the directory holds no log, or when what is asked for has been cut and the
  /// archive that it went to is not there; kInvalidArgument when `batch_rows` is 0, or when the
  /// archive is another log's; kCorruption when the archive's manifest does not hold, or tells of
  /// records that the log has not got to.
  static Result<FullHistory> open(const std::string& directory, const HistoryQuery& query = {},
                                  const FullHistoryOptions& options = {});
  static Result<FullHistory> open(const Reader& reader, const HistoryQuery& query = {},
                                  const FullHistoryOptions& options = {});
  FullHistory(FullHistory&&) noexcept;
  FullHistory& operator=(FullHistory&&) noexcept;
  ~FullHistory() override;

  /// kCorruption at a part of the archive that is damaged: `verify` tells of all of them.
  [[nodiscard]] ReadResult next(ColumnBatch& batch) override;
  [[nodiscard]] const Status& status() const noexcept override;
  [[nodiscard]] ColumnBatch no_rows() const override;
  /// Of the log, as far as it was read: damage of the archive is an error.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept override;
  [[nodiscard]] std::uint64_t cut_records() const noexcept override;

  /// The first record that is in archive or log; 0 when there is none.
  [[nodiscard]] Sequence first_sequence() const noexcept;
  /// Up to where rows come from the archive; 0: from the log alone.
  [[nodiscard]] Sequence archived_sequence() const noexcept;
  /// The log's last, as of the look.
  [[nodiscard]] Sequence last_sequence() const noexcept;

 private:
  class State;
  explicit FullHistory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal
