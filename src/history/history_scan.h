#pragma once
/// What is behind `History`: a log's records, read once and put into batches.

#include "history/batch_builder.h"
#include "history/block_rows.h"
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
  [[nodiscard]] ColumnBatch no_rows();
  [[nodiscard]] const wal::LogReader& reader() const noexcept { return reader_; }

 private:
  HistoryScan(FileSystem& files, wal::LogView view, const wal::NameTable& known,
              const HistoryQuery& query, const wal::ReplayStart& start)
      : reader_(files, std::move(view), names_, start),
        projection_(query, known.layouts),
        builder_(projection_),
        late_builder_(projection_),
        block_(projection_, names_) {
    reader_.read_heads_only();
    reader_.tell_cuts_of(query.first_sequence, query.last_sequence);
    const bool chooses = !query.instruments.empty() || query.from || query.to ||
                         query.first_sequence > 1 ||
                         query.last_sequence < std::numeric_limits<Sequence>::max();
    if (!chooses) return;
    reader_.read_only([this](const auto& group, Sequence behind) { return wants(group, behind); });
  }
  [[nodiscard]] bool wants(const wal::FrameGroup& group, Sequence behind) const;
  [[nodiscard]] Status fill();
  [[nodiscard]] Status add_block();
  /// Rows of a block that had no room in the batch before.
  void add_late();

  wal::NameTable names_;
  wal::LogReader reader_;
  Projection projection_;
  BatchBuilder builder_;
  BatchBuilder late_builder_;
  BlockRows block_;
  ColumnBatch late_;
  std::size_t late_next_ = 0;
  std::size_t late_end_ = 0;
  bool at_end_ = false;
  Status status_;
};

/// All names that a log defines, from its last segment, or from all where that is damaged.
[[nodiscard]] Status learn_names(FileSystem& files, const wal::LogView& view,
                                 wal::NameTable& names);

}  // namespace factorwal::history
