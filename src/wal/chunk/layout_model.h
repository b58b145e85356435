#pragma once
/// What a writer has learned of a layout's columns. Frames do not depend on it: each chunk names
/// the relations that it uses.

#include "wal/chunk/value_column.h"

namespace factorwal::wal {

class LayoutModel {
 public:
  explicit LayoutModel(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] std::size_t columns() const noexcept { return columns_.size(); }
  /// Stores all columns of a chunk and returns their end. `target` has `value_column_bound` bytes
  /// for each, and for one more.
  [[nodiscard]] std::byte* store_columns(std::byte* target, const ColumnBlock& block,
                                         ColumnScratch& scratch);

 private:
  struct Column {
    Expectation expectation;
    std::uint32_t chunks_to_search = 0;  ///< chunks until relations are looked for again
    std::uint32_t pause = 2;             ///< grows with each search
  };
  [[nodiscard]] std::byte* store_column(std::byte* target, const ColumnBlock& block,
                                        std::size_t index, ColumnScratch& scratch);

  std::vector<Column> columns_;
};

}  // namespace factorwal::wal
