#pragma once
/// Rows of a part as batches.

#include <cstdint>
#include <span>
#include <vector>

#include "archive/part_reader.h"
#include "factorwal/column_batch.h"

namespace factorwal::archive {

/// Replaces `batch` with all rows of a row group, in the order of the file. Of a tick's columns
/// those with a place in `columns`, in that order: places in the part's own, or kMissingColumn.
inline constexpr std::size_t kMissingColumn = ~std::size_t{0};
[[nodiscard]] Status read_group(PartReader& part, std::size_t group,
                                std::span<const std::size_t> columns, ColumnBatch& batch);
/// With all columns of the part.
[[nodiscard]] Status read_group(PartReader& part, std::size_t group, ColumnBatch& batch);

/// Adds rows to `target`, whose columns are those of `source`, and whose dictionaries are its own.
class RowCollector {
 public:
  explicit RowCollector(DataSet data_set) : data_set_(data_set) {}
  void append(const ColumnBatch& source, std::span<const std::uint32_t> rows);
  [[nodiscard]] std::size_t row_count() const noexcept { return batch_.row_count(); }
  /// Gives away the rows, and begins anew.
  [[nodiscard]] ColumnBatch take();

 private:
  void append_columns(const ColumnBatch& source, std::span<const std::uint32_t> rows);
  void append_items(const ColumnBatch& source, std::span<const std::uint32_t> rows);

  DataSet data_set_;
  ColumnBatch batch_;
  TextTable instruments_;
  TextTable factors_;
};

}  // namespace factorwal::archive
