#pragma once
/// Rows of an archive for a query, on any storage: what ArchiveHistory is made of.

#include <deque>
#include <memory>
#include <vector>

#include "archive/open_parts.h"
#include "archive/row_filter.h"

namespace factorwal::archive {

class HistoryReader {
 public:
  static Result<std::unique_ptr<HistoryReader>> open(Storage& storage, const std::string& directory,
                                                     HistoryQuery query);
  [[nodiscard]] Result<bool> next(ColumnBatch& batch);
  [[nodiscard]] const Manifest& manifest() const noexcept { return archive_.manifest; }

 private:
  /// Selected rows of one part, of one instrument, by sequence.
  struct SortedPart {
    ColumnBatch rows;
    std::vector<std::uint32_t> order;
    std::size_t next = 0;
    [[nodiscard]] Sequence sequence() const { return rows.sequences[order[next]]; }
  };

  explicit HistoryReader(RowFilter filter)
      : filter_(std::move(filter)), rows_(filter_.query().data_set) {}
  [[nodiscard]] Result<std::unique_ptr<PartReader>> open_part(OpenPart& part) const;
  [[nodiscard]] Status read_selected(PartReader& part, std::size_t group, ColumnBatch& batch,
                                     std::vector<std::uint32_t>& rows) const;
  [[nodiscard]] Result<bool> next_by_place(ColumnBatch& batch);
  [[nodiscard]] Result<bool> next_by_sequence(ColumnBatch& batch);
  [[nodiscard]] Status load_sorted(OpenPart& part);
  void give(ColumnBatch& batch);

  RowFilter filter_;
  OpenArchive archive_;
  std::vector<TickColumn> columns_;
  std::size_t next_part_ = 0;
  RowCollector rows_;

  // By place: the part that is read, and what is selected of its group.
  std::unique_ptr<PartReader> part_;
  std::size_t next_group_ = 0;
  ColumnBatch group_;
  std::vector<std::uint32_t> selected_;
  std::size_t next_selected_ = 0;

  // By sequence: the parts whose first row has been reached.
  std::vector<std::unique_ptr<SortedPart>> sorted_;
};

}  // namespace factorwal::archive
