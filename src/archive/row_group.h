#pragma once
/// Rows on their way from batches to a row group: gathered in the order of the file, column by
/// column.

#include <span>
#include <vector>

#include "archive/leaf_data.h"
#include "archive/part_schema.h"
#include "archive/row_order.h"

namespace factorwal::archive {

/// Batches of one data set, and where each of them has the columns of a schema. The batches must
/// outlive it.
class RowSource {
 public:
  RowSource(const PartSchema& schema, std::span<const ColumnBatch> batches);
  [[nodiscard]] std::span<const ColumnBatch> batches() const noexcept { return batches_; }
  /// The values of a schema's column in each batch; null where a batch lacks it.
  [[nodiscard]] std::span<const double* const> column(std::size_t index) const noexcept {
    return std::span(columns_).subspan(index * batches_.size(), batches_.size());
  }

 private:
  std::span<const ColumnBatch> batches_;
  std::vector<const double*> columns_;
};

class RowGroup {
 public:
  explicit RowGroup(const PartSchema& schema) : schema_(&schema), leaves_(schema.leaves.size()) {}
  /// Adds rows of one instrument.
  void append(const RowSource& source, std::string_view instrument, std::span<const Place> places);
  void clear();
  [[nodiscard]] std::size_t row_count() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<LeafData>& leaves() const noexcept { return leaves_; }

 private:
  void append_keys(const RowSource& source, std::string_view instrument,
                   std::span<const Place> places);
  void append_factor_ids(const RowSource& source, std::span<const Place> places, LeafData& leaf);
  void append_ticks(const RowSource& source, std::span<const Place> places);
  void append_vectors(const RowSource& source, std::span<const Place> places);
  void append_snapshots(const RowSource& source, std::span<const Place> places);

  const PartSchema* schema_;
  std::size_t rows_ = 0;
  std::vector<LeafData> leaves_;
};

}  // namespace factorwal::archive
