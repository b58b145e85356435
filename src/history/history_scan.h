#pragma once
/// What is behind `History`: a log's records, read once and put into batches.

#include "history/batch_builder.h"
#include "wal/reading/log_reader.h"

namespace factorwal::history {

class HistoryScan {
 public:
  /// Of the log as `view` saw it. `files` must outlive the scan.
  static Result<std::unique_ptr<HistoryScan>> open(FileSystem& files, wal::LogView view,
                                                   const HistoryQuery& query);

  /// The next rows; false at the end.
  [[nodiscard]] Result<bool> next(ColumnBatch& batch);
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  void fail(Error error) { status_ = std::move(error); }
  [[nodiscard]] ColumnBatch no_rows() { return builder_.no_rows(); }
  [[nodiscard]] const wal::LogReader& reader() const noexcept { return reader_; }

 private:
  HistoryScan(FileSystem& files, wal::LogView view, const wal::NameTable& known,
              const HistoryQuery& query)
      : reader_(files, std::move(view), names_),
        builder_(query, known.layouts),
        last_sequence_(query.last_sequence) {}
  [[nodiscard]] Result<bool> fill(ColumnBatch& batch);

  wal::NameTable names_;
  wal::LogReader reader_;
  BatchBuilder builder_;
  Sequence last_sequence_;
  bool at_end_ = false;
  Status status_;
};

/// All names that a log defines, from its last segment, or from all where that is damaged.
[[nodiscard]] Status learn_names(FileSystem& files, const wal::LogView& view,
                                 wal::NameTable& names);

}  // namespace factorwal::history
