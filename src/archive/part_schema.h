#pragma once
/// Which columns a part file has: the layout that readers see, column by column.

#include <parquet/schema.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/archive_options.h"
#include "factorwal/column_batch.h"

namespace factorwal::archive {

/// A column of a tick's inputs or factors, in a file.
struct TickColumn {
  std::string name;    ///< of the field or factor, as in the log
  std::string column;  ///< in the file: the same, unless another column or reader needs that name
  bool is_factor = false;
  friend bool operator==(const TickColumn&, const TickColumn&) = default;
};

enum class LeafType : std::uint8_t { kText, kInteger, kNumber };
enum class Category : std::uint8_t { kInputs, kFactors, kBars, kStates };

/// What Parquet stores as one column. Levels are Parquet's: of definition and of repetition.
struct Leaf {
  std::string path;
  LeafType type = LeafType::kNumber;
  Category category = Category::kInputs;
  std::int16_t definition_max = 0;
  std::int16_t repetition_max = 0;
};

struct PartSchema {
  DataSet data_set = DataSet::kTicks;
  std::vector<TickColumn> columns;  ///< of kTicks
  std::vector<Leaf> leaves;         ///< columns of kTicks come last
  std::shared_ptr<parquet::schema::GroupNode> root;
  int timestamp_leaf = 0;
  int sequence_leaf = 0;
};

inline constexpr int kInstrumentLeaf = 0;

[[nodiscard]] PartSchema make_part_schema(DataSet data_set, std::vector<TickColumn> columns = {});

/// Adds the columns of a batch that are not there yet, in its order; inputs stay before factors.
void add_columns(std::vector<TickColumn>& columns, const ColumnBatch& batch);

/// "ticks", "updates", "vectors", "snapshots": the folder of a data set.
[[nodiscard]] std::string_view folder_of(DataSet data_set) noexcept;
[[nodiscard]] std::optional<DataSet> data_set_of(std::string_view folder) noexcept;
inline constexpr std::array<DataSet, 4> kDataSets = {DataSet::kTicks, DataSet::kUpdates,
                                                     DataSet::kVectors, DataSet::kSnapshots};

}  // namespace factorwal::archive
