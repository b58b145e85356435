#pragma once
/// Puts records into a batch of columns, row by row.

#include "factorwal/record.h"
#include "history/selection.h"
#include "history/tick_columns.h"

namespace factorwal::history {

/// Ids in order of their first use. A batch shares the list as it is then.
class IdDictionary {
 public:
  [[nodiscard]] std::uint32_t place(std::uint32_t handle, std::string_view id);
  /// What a batch gets.
  [[nodiscard]] const Dictionary& share();

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> places_;  // by handle
  std::vector<std::string> ids_;
  Dictionary shared_ = std::make_shared<const std::vector<std::string>>();
};

class BatchBuilder {
 public:
  BatchBuilder(const HistoryQuery& query, const wal::LayoutTable& layouts);

  /// Empties `batch`, gives it its columns, and begins to fill it. It must outlive the filling.
  void begin(ColumnBatch& batch);
  /// The filled batch gets its dictionaries.
  void finish();
  /// Whether a batch has no room for another row.
  [[nodiscard]] bool full() const noexcept;
  /// Adds the record if it is asked for.
  void add(const LogRecord& record);
  [[nodiscard]] ColumnBatch no_rows();

 private:
  [[nodiscard]] bool takes(const LogRecord& record);
  void add_row(const LogRecord& record);
  void add_tick(const LogRecord& record);
  void add_update(const LogRecord& record);
  void add_vector(const LogRecord& record);
  void add_snapshot(const LogRecord& record);

  HistoryQuery query_;
  RecordType type_;
  TimeRange times_;
  IdSelection instruments_;
  IdSelection factors_;
  TickColumns columns_;
  IdDictionary instrument_ids_;
  IdDictionary factor_ids_;
  ColumnBatch* batch_ = nullptr;
};

}  // namespace factorwal::history
