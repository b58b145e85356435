#pragma once
/// \file
/// What the first rows tell of a column's cells.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feed/columns/number_forms.h"
#include "feed/columns/word_cells.h"

namespace factorwal::feed {

/// Views of what a LayoutMaker holds.
class SampleColumns {
 public:
  /// `numbers`: the form of each column's numbers.
  SampleColumns(std::span<const std::string> header, SampleRows sample,
                std::span<const NumberForm> numbers)
      : header_(header), sample_(sample), numbers_(numbers) {}

  /// Whether the column's filled cells are mostly such; `without_rows` where there are none. False
  /// for kNoColumn.
  template <class Test>
  [[nodiscard]] bool mostly(std::size_t column, Test test, bool without_rows) const {
    if (column >= header_.size()) return false;
    std::size_t filled = 0;
    std::size_t such = 0;
    for (const auto& row : sample_) {
      if (column >= row.size() || row[column].empty()) continue;
      ++filled;
      such += test(row[column]) ? 1U : 0U;
    }
    return filled == 0 ? without_rows : such * 2 > filled;
  }
  [[nodiscard]] bool all_empty(std::size_t column) const {
    return std::all_of(sample_.begin(), sample_.end(),
                       [&](const auto& row) { return row[column].empty(); });
  }
  /// No cell is anything but a number or missing.
  [[nodiscard]] bool has_numbers(std::size_t column) const {
    return are_numbers(sample_, column, numbers_[column]);
  }
  /// How all cells are read; nothing where some are no number in any way. `field`: which the column
  /// is known as.
  [[nodiscard]] std::optional<CellKind> kind_of(std::size_t column, std::string_view field) const;

 private:
  template <class Parse>
  [[nodiscard]] bool fit(std::size_t column, Parse parse) const;

  std::span<const std::string> header_;
  SampleRows sample_;
  std::span<const NumberForm> numbers_;
};

/// By its name, or as `#3` by its number; kNoColumn where there is none.
[[nodiscard]] std::size_t find_column(std::span<const std::string> header, const std::string& name);

}  // namespace factorwal::feed
