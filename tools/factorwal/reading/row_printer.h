#pragma once
/// Rows in one of the three formats.

#include <memory>
#include <string>

#include "reading/output.h"
#include "reading/row.h"
#include "reading/table.h"

namespace factorwal::tool {

enum class Format : std::uint8_t { kTable, kCsv, kJson };

class RowPrinter {
 public:
  RowPrinter() = default;
  RowPrinter(const RowPrinter&) = delete;
  RowPrinter& operator=(const RowPrinter&) = delete;
  virtual ~RowPrinter() = default;

  virtual void row(const Row& row) = 0;
  /// Everything so far is to be seen now; a header too, if nothing was printed yet.
  virtual void end() = 0;
};

/// `columns` and `out` must outlive the printer. Columns that come up later begin a new header.
[[nodiscard]] std::unique_ptr<RowPrinter> make_row_printer(Format format, const Columns& columns,
                                                           bool with_sequence, Output& out);

}  // namespace factorwal::tool
