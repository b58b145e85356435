#pragma once
/// Where the columns of a logged layout lie in another schema and factor set.

#include <cstddef>
#include <limits>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/quality.h"
#include "factorwal/record.h"
#include "wal/format/name_table.h"

namespace factorwal::recovery {

inline constexpr std::size_t kNoColumn = std::numeric_limits<std::size_t>::max();

struct LayoutMap {
  bool ours = false;  ///< made by a factor set, not by operators that a user registered
  bool same_fields = false;
  std::vector<std::size_t> fields;  ///< per schema field: column of the layout, or kNoColumn
  /// Per schema field: a column that the layout lacks makes what reads it approximate. Empty while
  /// all are there.
  std::vector<Quality> qualities;
  std::vector<std::size_t> factors;  ///< per factor: column of the layout, or kNoColumn
};

[[nodiscard]] LayoutMap map_layout(const TickLayout& layout, const FactorSet& factors);

/// The layouts of a log, as one factor set sees them. Both must outlive this.
class LayoutMaps {
 public:
  LayoutMaps(const wal::NameTable& names, const FactorSet& factors)
      : names_(names), factors_(factors) {}
  /// Requires: a layout that the log has defined.
  [[nodiscard]] const LayoutMap& of(LayoutHandle layout);

 private:
  const wal::NameTable& names_;
  const FactorSet& factors_;
  std::vector<LayoutMap> maps_;  // by handle
};

/// What a layout says of its factors: their canonical text, behind a line that names the arithmetic
/// of their values, and one for each custom function with a note. Never empty: an empty text tells
/// ticks of operators that a user registered.
[[nodiscard]] std::string logged_text(const FactorSet& factors);

/// Whether a layout's values were computed with this release's arithmetic, so that they can be
/// compared bit for bit.
[[nodiscard]] bool same_arithmetic(const TickLayout& layout);

/// The factor set that a layout's ticks were made by. kInvalidArgument when it does not compile:
/// `options` lacks functions of the program that made them.
[[nodiscard]] Result<FactorSet> factors_of(const TickLayout& layout,
                                           const FactorSetOptions& options = {});

/// Which factors the log's last factor set did not have, or defined otherwise; none if `last` is
/// null.
[[nodiscard]] std::vector<bool> new_factors(const TickLayout* last, const FactorSet& factors);

}  // namespace factorwal::recovery
