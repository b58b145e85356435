#pragma once
/// Where the archiver takes rows from: the log, or a test.

#include <functional>
#include <memory>
#include <vector>

#include "archive/part_format.h"
#include "factorwal/column_batch.h"

namespace factorwal::archive {

class RowStream {
 public:
  virtual ~RowStream() = default;
  /// Rows in order of sequence; false at the end.
  [[nodiscard]] virtual Result<bool> next(ColumnBatch& batch) = 0;
};

class LogSource {
 public:
  virtual ~LogSource() = default;
  /// No row at or below it will ever change.
  [[nodiscard]] virtual Result<Sequence> settled_sequence() = 0;
  /// No damage was met in what was read so far.
  [[nodiscard]] virtual bool sound() const noexcept { return true; }
  /// Rows from one sequence to another, both inclusive.
  [[nodiscard]] virtual Result<std::unique_ptr<RowStream>> read(DataSet data_set, Sequence first,
                                                                Sequence last) = 0;
  /// The texts of factor sets in use from one sequence to another.
  [[nodiscard]] virtual Result<std::vector<Definition>> definitions(Sequence first,
                                                                    Sequence last) = 0;
};

}  // namespace factorwal::archive
