#pragma once
/// Fills a batch of columns, row by row or many rows at once.

#include "factorwal/record.h"
#include "history/projection.h"

namespace factorwal::history {

class BatchBuilder {
 public:
  explicit BatchBuilder(Projection& projection);

  /// Gives `batch` its columns, and begins to fill it. It must outlive the filling.
  void begin(ColumnBatch& batch);
  /// The filled batch gets its dictionaries, and as many rows as were added.
  void finish();
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// How many rows it still takes; vectors and snapshots fill a batch by their items as well.
  [[nodiscard]] std::size_t room() const noexcept;

  /// Adds the record if it is asked for.
  void add(const LogRecord& record);
  /// Makes place for `count` rows of ticks or updates, which the caller then fills, column by
  /// column, at the row returned.
  [[nodiscard]] std::size_t add_rows(std::size_t count);
  /// Takes back what `add_rows` has added last.
  void drop_rows(std::size_t count) noexcept { rows_ -= count; }
  /// Adds rows of another batch of the same projection.
  void copy_rows(const ColumnBatch& source, std::size_t first, std::size_t count);
  [[nodiscard]] ColumnBatch& batch() noexcept { return *batch_; }

 private:
  [[nodiscard]] bool takes(const LogRecord& record);
  void add_tick(const LogRecord& record);
  void add_update(const LogRecord& record);
  void add_vector(const LogRecord& record);
  void add_snapshot(const LogRecord& record);
  void put_row(const LogRecord& record, std::size_t row);

  Projection& projection_;
  RecordType type_;
  ColumnBatch* batch_ = nullptr;
  std::size_t rows_ = 0;  // vectors of the batch may be longer while it is filled
};

}  // namespace factorwal::history
