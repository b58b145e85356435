#pragma once
/// Which rows of an archive a query asks for.

#include <vector>

#include "archive/manifest.h"
#include "archive/part_batch.h"
#include "factorwal/history.h"

namespace factorwal::archive {

class RowFilter {
 public:
  explicit RowFilter(HistoryQuery query);
  [[nodiscard]] const HistoryQuery& query() const noexcept { return query_; }

  /// False when no row of it can be asked for.
  [[nodiscard]] bool may_match(const ManifestFile& file) const;
  [[nodiscard]] bool may_match(const GroupRange& range) const;
  /// The rows of a batch that are asked for, in its order. Items of snapshots that are not asked
  /// for are removed from the batch.
  [[nodiscard]] std::vector<std::uint32_t> select(ColumnBatch& batch) const;

  /// The tick columns of every batch, and where a part has each of them.
  [[nodiscard]] std::vector<TickColumn> columns(const Manifest& manifest) const;
  [[nodiscard]] static std::vector<std::size_t> places(const std::vector<TickColumn>& columns,
                                                       const PartSchema& schema);

 private:
  [[nodiscard]] bool wants_time(TimestampNs time) const noexcept;
  [[nodiscard]] bool wants_instrument(const std::string& id) const;
  [[nodiscard]] bool wants_factor(const std::string& id) const;
  void select_items(ColumnBatch& batch) const;

  HistoryQuery query_;  // instruments sorted
};

}  // namespace factorwal::archive
