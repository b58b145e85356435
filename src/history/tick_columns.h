#pragma once
/// Which columns the ticks of a history have, and where a layout's values go.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/column_batch.h"
#include "factorwal/history.h"
#include "wal/format/name_table.h"

namespace factorwal::history {

inline constexpr double kMissingNumber = std::numeric_limits<double>::quiet_NaN();

class TickColumns {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  TickColumns() = default;
  /// Of all layouts that `known` has, as far as `query` asks for them.
  TickColumns(const HistoryQuery& query, const wal::LayoutTable& known);

  /// Named as `columns` ought to be, without values.
  [[nodiscard]] std::vector<NumberColumn> make() const;
  [[nodiscard]] bool fit(const std::vector<NumberColumn>& columns) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return columns_.size(); }

  /// Where the values of a tick go, fields first.
  struct Places {
    std::vector<std::uint32_t> columns;  ///< of each value of the layout; kNone: nowhere
    std::vector<std::uint32_t> missing;  ///< columns that have no value in it
  };
  [[nodiscard]] const Places& of(LayoutHandle handle, const TickLayout& layout);

 private:
  struct Column {
    std::string id;
    std::string name;
    bool is_factor = false;
  };
  void add(const std::vector<std::string>& ids, bool are_factors);
  void name_columns();
  [[nodiscard]] std::uint32_t find(const std::string& id, bool is_factor) const noexcept;

  std::vector<Column> columns_;
  std::vector<std::unique_ptr<Places>> layouts_;
};

}  // namespace factorwal::history
