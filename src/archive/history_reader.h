#pragma once
/// Rows of an archive for a query, on any storage: what ArchiveHistory is made of.

#include <memory>
#include <vector>

#include "archive/open_parts.h"
#include "archive/row_filter.h"
#include "archive/spilled_rows.h"
#include "factorwal/archive_history.h"

namespace factorwal::archive {

/// Files are sorted by instrument and time, and rows are given by sequence: those of row groups
/// whose sequences overlap are brought into order together.
class HistoryReader {
 public:
  static Result<std::unique_ptr<HistoryReader>> open(Storage& storage, const std::string& directory,
                                                     HistoryQuery query,
                                                     const ReadMemory& memory = {});
  [[nodiscard]] Result<bool> next(ColumnBatch& batch);
  [[nodiscard]] const Manifest& manifest() const noexcept { return archive_.manifest; }

 private:
  struct Group {
    PartReader* part = nullptr;
    std::size_t index = 0;
    [[nodiscard]] const GroupRange& range() const { return part->groups()[index]; }
  };

  HistoryReader(RowFilter filter, ReadMemory memory)
      : filter_(std::move(filter)), memory_(std::move(memory)), rows_(filter_.query().data_set) {}
  /// Replaces what is given; false when there is no more.
  [[nodiscard]] Result<bool> load_next();
  [[nodiscard]] Status open_next_parts();
  [[nodiscard]] Status load(const std::vector<Group>& groups);
  [[nodiscard]] Status spill(const std::vector<Group>& groups, std::uint64_t bytes);
  [[nodiscard]] Status read_selected(const Group& group);
  [[nodiscard]] std::uint64_t bytes_of(const GroupRange& range) const;
  void sort(ColumnBatch rows);

  RowFilter filter_;
  ReadMemory memory_;
  OpenArchive archive_;
  std::vector<TickColumn> columns_;

  // What is to be read, in order; of the first parts' groups, what is left.
  std::vector<std::vector<OpenPart>> parts_;
  std::size_t next_parts_ = 0;
  std::vector<std::unique_ptr<PartReader>> opened_;
  std::vector<std::vector<Group>> groups_;
  std::size_t next_groups_ = 0;
  std::unique_ptr<SpilledRows> spilled_;

  ColumnBatch group_;  // as it was read, and what is selected of it
  std::vector<std::uint32_t> selected_;

  ColumnBatch sorted_;  // what is given, by `order_`
  std::vector<std::uint32_t> order_;
  std::size_t next_row_ = 0;
  RowCollector rows_;
};

}  // namespace factorwal::archive
