#include "archive/part_schema.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace factorwal::archive {
namespace {

using parquet::LogicalType;
using parquet::Repetition;
using parquet::Type;
using parquet::schema::GroupNode;
using parquet::schema::NodePtr;
using parquet::schema::NodeVector;
using parquet::schema::PrimitiveNode;

/// DuckDB ignores case, and takes `day` from the path.
constexpr std::array<std::string_view, 6> kReserved = {"instrument_id", "timestamp", "sequence",
                                                       "ordinal",       "counted",   "day"};

bool is_reserved(std::string_view name) {
  std::string lower(name);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

std::string free_name(std::string name, const std::vector<TickColumn>& columns) {
  const auto taken = [&](const std::string& candidate) {
    return is_reserved(candidate) ||
           std::any_of(columns.begin(), columns.end(),
                       [&](const TickColumn& column) { return column.column == candidate; });
  };
  while (taken(name)) name += '_';
  return name;
}

NodePtr text(const std::string& name) {
  return PrimitiveNode::Make(name, Repetition::REQUIRED, LogicalType::String(), Type::BYTE_ARRAY);
}
NodePtr count(const std::string& name) {
  return PrimitiveNode::Make(name, Repetition::REQUIRED, LogicalType::Int(64, false), Type::INT64);
}
NodePtr timestamp() {
  return PrimitiveNode::Make("timestamp", Repetition::OPTIONAL,
                             LogicalType::Timestamp(true, LogicalType::TimeUnit::NANOS),
                             Type::INT64);
}
NodePtr number(const std::string& name) {
  return PrimitiveNode::Make(name, Repetition::OPTIONAL, Type::DOUBLE);
}
NodePtr list_of_numbers(const std::string& name) {
  return GroupNode::Make(name, Repetition::REQUIRED,
                         {GroupNode::Make("list", Repetition::REPEATED, {number("element")})},
                         LogicalType::List());
}
NodePtr map_of_numbers(const std::string& name) {
  return GroupNode::Make(
      name, Repetition::REQUIRED,
      {GroupNode::Make("key_value", Repetition::REPEATED, {text("key"), number("value")})},
      LogicalType::Map());
}

Category category_of_inputs(const std::vector<TickColumn>& columns) {
  constexpr std::array<std::string_view, 4> kBar = {"open", "high", "low", "close"};
  const bool bar = std::all_of(kBar.begin(), kBar.end(), [&](std::string_view name) {
    return std::any_of(columns.begin(), columns.end(), [&](const TickColumn& column) {
      return !column.is_factor && column.name == name;
    });
  });
  return bar ? Category::kBars : Category::kInputs;
}

class Builder {
 public:
  explicit Builder(PartSchema& schema) : schema_(schema) {}
  void add(NodePtr node, Leaf leaf) {
    leaf.path = node->name();
    nodes_.push_back(std::move(node));
    schema_.leaves.push_back(std::move(leaf));
  }
  void add_keys(bool with_factor) {
    add(text("instrument_id"), {"", LeafType::kText, Category::kInputs, 0, 0});
    if (with_factor) add(text("factor_id"), {"", LeafType::kText, Category::kInputs, 0, 0});
    schema_.timestamp_leaf = static_cast<int>(schema_.leaves.size());
    add(timestamp(), {"", LeafType::kInteger, Category::kInputs, 1, 0});
    schema_.sequence_leaf = static_cast<int>(schema_.leaves.size());
    add(count("sequence"), {"", LeafType::kInteger, Category::kInputs, 0, 0});
  }
  void add_ticks() {
    add_keys(false);
    add(count("ordinal"), {"", LeafType::kInteger, Category::kInputs, 0, 0});
    add(count("counted"), {"", LeafType::kInteger, Category::kInputs, 0, 0});
    const auto inputs = category_of_inputs(schema_.columns);
    for (const auto& column : schema_.columns) {
      add(number(column.column),
          {"", LeafType::kNumber, column.is_factor ? Category::kFactors : inputs, 1, 0});
    }
  }
  void add_vectors() {
    add_keys(true);
    nodes_.push_back(list_of_numbers("values"));
    schema_.leaves.push_back({"values.list.element", LeafType::kNumber, Category::kFactors, 2, 1});
  }
  void add_snapshots() {
    add_keys(false);
    add(count("checkpoint_id"), {"", LeafType::kInteger, Category::kStates, 0, 0});
    nodes_.push_back(map_of_numbers("factors"));
    schema_.leaves.push_back({"factors.key_value.key", LeafType::kText, Category::kStates, 1, 1});
    schema_.leaves.push_back(
        {"factors.key_value.value", LeafType::kNumber, Category::kStates, 2, 1});
  }
  void finish() {
    schema_.root = std::static_pointer_cast<GroupNode>(
        GroupNode::Make("schema", Repetition::REQUIRED, nodes_));
  }

 private:
  PartSchema& schema_;
  NodeVector nodes_;
};

}  // namespace

PartSchema make_part_schema(DataSet data_set, std::vector<TickColumn> columns) {
  PartSchema schema;
  schema.data_set = data_set;
  schema.columns = std::move(columns);
  Builder builder(schema);
  switch (data_set) {
    case DataSet::kTicks: builder.add_ticks(); break;
    case DataSet::kUpdates:
      builder.add_keys(true);
      builder.add(number("value"), {"", LeafType::kNumber, Category::kFactors, 1, 0});
      break;
    case DataSet::kVectors: builder.add_vectors(); break;
    case DataSet::kSnapshots: builder.add_snapshots(); break;
  }
  builder.finish();
  return schema;
}

void add_columns(std::vector<TickColumn>& columns, const ColumnBatch& batch) {
  for (const auto& added : batch.columns) {
    const auto same = [&](const TickColumn& column) {
      return column.name == added.id() && column.is_factor == added.is_factor;
    };
    if (std::any_of(columns.begin(), columns.end(), same)) continue;
    const auto first_factor = std::find_if(columns.begin(), columns.end(),
                                           [](const TickColumn& c) { return c.is_factor; });
    const TickColumn column{added.id(), free_name(added.name, columns), added.is_factor};
    columns.insert(added.is_factor ? columns.end() : first_factor, column);
  }
}

std::string_view folder_of(DataSet data_set) noexcept {
  switch (data_set) {
    case DataSet::kTicks: return "ticks";
    case DataSet::kUpdates: return "updates";
    case DataSet::kVectors: return "vectors";
    case DataSet::kSnapshots: break;
  }
  return "snapshots";
}

std::optional<DataSet> data_set_of(std::string_view folder) noexcept {
  for (const auto data_set : kDataSets)
    if (folder_of(data_set) == folder) return data_set;
  return std::nullopt;
}

}  // namespace factorwal::archive
