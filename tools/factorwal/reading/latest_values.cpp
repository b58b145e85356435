#include "reading/latest_values.h"

#include <algorithm>

#include "factorwal/operators/missing.h"

namespace factorwal::tool {
namespace {

void drop_vector(Row& row, std::uint32_t column) {
  std::erase_if(row.vectors, [&](const auto& cell) { return cell.first == column; });
}

void set(Row& row, std::uint32_t column, double value) {
  if (column == Columns::kNone) return;
  row.values[column] = value;
  if (!row.vectors.empty()) drop_vector(row, column);
}

void set(Row& row, std::span<const double> values, const std::vector<std::uint32_t>& columns) {
  for (std::size_t i = 0; i < values.size(); ++i) set(row, columns[i], values[i]);
}

bool has_values(RecordType type) {
  return type == RecordType::kTick || type == RecordType::kUpdate ||
         type == RecordType::kVectorUpdate || type == RecordType::kSnapshot;
}

}  // namespace

void LatestValues::apply(const LogRecord& record) {
  if (!has_values(record.type)) return;
  const std::size_t index = record.instrument.index;
  if (index >= rows_.size()) {
    rows_.resize(index + 1);
    of_tick_.resize(index + 1);
  }
  auto& row = rows_[index];
  if (row.sequence == 0 || record.type == RecordType::kSnapshot) row.clear(columns_.size());
  row.fit(columns_.size());
  row.instrument = record.instrument;
  row.instrument_id = record.instrument_id;
  row.timestamp_ns = record.timestamp_ns;
  row.sequence = record.sequence;
  if (record.type == RecordType::kTick) {
    const auto& columns = columns_.of(record.layout_handle, *record.layout);
    if (auto& before = of_tick_[index]; before.layout != record.layout_handle) {
      for (const auto column : before.columns) set(row, column, kMissing);
      before = {record.layout_handle, columns.fields};
      before.columns.insert(before.columns.end(), columns.factors.begin(), columns.factors.end());
    }
    set(row, record.fields, columns.fields);
    set(row, record.values, columns.factors);
  } else if (record.type == RecordType::kSnapshot) {
    of_tick_[index] = {};
    for (const auto& item : record.factors) {
      set(row, columns_.of(item.factor, item.factor_id), item.value);
    }
  } else if (const auto column = columns_.of(record.factor, record.factor_id);
             column != Columns::kNone) {
    if (std::erase(of_tick_[index].columns, column) > 0) of_tick_[index].layout = {};
    set(row, column, record.value);
    if (record.type == RecordType::kUpdate) return;
    row.values[column] = kMissing;
    row.vectors.emplace_back(column,
                             std::vector<double>(record.values.begin(), record.values.end()));
  }
}

bool LatestValues::emit(const RowSink& sink) {
  for (auto& row : rows_) {
    if (row.sequence == 0) continue;
    row.fit(columns_.size());
    if (!sink(row)) return false;
  }
  return true;
}

}  // namespace factorwal::tool
