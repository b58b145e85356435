#include "reading/latest_values.h"

#include <algorithm>
#include <cmath>

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
    by_tick_.resize(index + 1);
  }
  auto& row = rows_[index];
  auto& by_tick = by_tick_[index];
  if (row.sequence == 0 || record.type == RecordType::kSnapshot) {
    row.clear(columns_.size());
    by_tick.clear();
  }
  row.fit(columns_.size());
  by_tick.resize(columns_.size());
  row.instrument = record.instrument;
  row.instrument_id = record.instrument_id;
  row.timestamp_ns = record.timestamp_ns;
  row.sequence = record.sequence;
  if (record.type == RecordType::kTick) {
    apply_tick(record, row, by_tick);
  } else if (record.type == RecordType::kSnapshot) {
    for (const auto& item : record.factors) {
      set(row, columns_.of(item.factor, item.factor_id), item.value);
    }
  } else if (const auto column = columns_.of(record.factor, record.factor_id);
             column != Columns::kNone) {
    by_tick[column] = false;
    set(row, column, record.value);
    if (record.type == RecordType::kUpdate) return;
    row.values[column] = kMissing;
    row.vectors.emplace_back(column,
                             std::vector<double>(record.values.begin(), record.values.end()));
  }
}

/// A tick's missing values take away what a tick had set, and not what was sent by itself: its
/// factor set may not have that factor.
void LatestValues::apply_tick(const LogRecord& record, Row& row, std::vector<bool>& by_tick) {
  const auto& columns = columns_.of(record.layout_handle, *record.layout);
  const auto set_all = [&](std::span<const double> values,
                           const std::vector<std::uint32_t>& targets) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto column = targets[i];
      if (column == Columns::kNone || (std::isnan(values[i]) && !by_tick[column])) continue;
      by_tick[column] = true;
      set(row, column, values[i]);
    }
  };
  set_all(record.fields, columns.fields);
  set_all(record.values, columns.factors);
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
