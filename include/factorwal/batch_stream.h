#pragma once
/// \file
/// Batches of rows one after another: what History and FullHistory have in common.

#include <cstdint>
#include <vector>

#include "factorwal/column_batch.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"

namespace factorwal {

/// Rows in order of sequence, in batches that all have the same columns. Used by one thread at a
/// time.
class FACTORWAL_EXPORT BatchStream {
 public:
  virtual ~BatchStream();

  /// The next rows, at least one, in place of what `batch` held; false, and no rows, at the end:
  ///
  ///     ColumnBatch batch;
  ///     while (stream.next(batch)) use(batch);
  ///     if (!stream.status()) report(stream.status().error());
  ///
  /// A batch that comes back lends its memory to its successor. After an error every later call
  /// repeats it.
  [[nodiscard]] virtual ReadResult next(ColumnBatch& batch) = 0;
  /// The error at which `next` has ended, if it was one.
  [[nodiscard]] virtual const Status& status() const noexcept = 0;
  /// A batch without rows, with the columns that every batch has.
  [[nodiscard]] virtual ColumnBatch no_rows() const = 0;
  /// What is wrong, as far as it was read.
  [[nodiscard]] virtual const std::vector<Finding>& findings() const noexcept = 0;
  /// Records that were there when it was opened, and that retention cut before it came to them.
  [[nodiscard]] virtual std::uint64_t cut_records() const noexcept = 0;

 protected:
  BatchStream() = default;
  BatchStream(const BatchStream&) = default;
  BatchStream(BatchStream&&) noexcept = default;
  BatchStream& operator=(const BatchStream&) = default;
  BatchStream& operator=(BatchStream&&) noexcept = default;
};

}  // namespace factorwal
