#pragma once
/// Aligned columns for people. A table that is wider than the terminal is told in several blocks,
/// each of which repeats the key columns.

#include <cstddef>
#include <string>
#include <vector>

#include "reading/output.h"

namespace factorwal::tool {

/// Columns of the terminal that `descriptor` is: 0 (no limit) where it is none. COLUMNS in the
/// environment wins.
[[nodiscard]] std::size_t terminal_width(int descriptor);

class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  /// `key_count`: how many of the first columns each block repeats.
  explicit Table(std::vector<Column> columns, std::size_t key_count = 1);

  /// Requires: one cell per column. Cells must be printable.
  void add_row(std::vector<std::string> cells);
  [[nodiscard]] std::size_t row_count() const noexcept { return rows_.size(); }
  /// Prints and forgets the rows; widths stay, so that a later print lines up with this one.
  /// The header comes with the first print, and with each one in several blocks.
  void print(Output& out, std::size_t width, bool colour);

 private:
  void print_block(Output& out, const std::vector<std::size_t>& block, bool header, bool colour);
  void print_cell(std::string& line, const std::string& text, std::size_t column) const;

  std::vector<Column> columns_;
  std::size_t key_count_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool printed_ = false;
};

}  // namespace factorwal::tool
