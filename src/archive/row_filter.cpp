#include "archive/row_filter.h"

#include <algorithm>

#include "factorwal/record.h"

namespace factorwal::archive {
namespace {

void add_named(const std::vector<std::string>& names, bool factors, const Manifest& manifest,
               std::vector<TickColumn>& columns) {
  for (const auto& name : names) {
    const auto found = std::find_if(manifest.columns.begin(), manifest.columns.end(),
                                    [&](const TickColumn& column) {
                                      return column.is_factor == factors && column.name == name;
                                    });
    // A name that the archive does not know is a column without values.
    columns.push_back(found != manifest.columns.end() ? *found : TickColumn{name, name, factors});
  }
}

}  // namespace

RowFilter::RowFilter(HistoryQuery query) : query_(std::move(query)) {
  auto& ids = query_.instruments;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

bool RowFilter::may_match(const ManifestFile& file) const {
  const auto& summary = file.summary;
  if (file.data_set != query_.data_set || summary.rows == 0) return false;
  if (summary.sequence_min > query_.last_sequence || summary.sequence_max < query_.first_sequence)
    return false;
  return !(query_.from && summary.time_max < *query_.from) &&
         !(query_.to && summary.time_min >= *query_.to);
}

bool RowFilter::may_match(const GroupRange& range) const {
  if (range.sequence_min > query_.last_sequence || range.sequence_max < query_.first_sequence)
    return false;
  if ((query_.from && range.time_max < *query_.from) ||
      (query_.to && range.time_min >= *query_.to)) {
    return false;
  }
  if (query_.instruments.empty()) return true;
  const auto next =
      std::lower_bound(query_.instruments.begin(), query_.instruments.end(), range.instrument_min);
  return next != query_.instruments.end() &&
         (!range.instrument_max || *next <= *range.instrument_max);
}

bool RowFilter::wants_time(TimestampNs time) const noexcept {
  if (!query_.from && !query_.to) return true;
  if (time == kNoTimestamp) return false;
  return (!query_.from || time >= *query_.from) && (!query_.to || time < *query_.to);
}

bool RowFilter::wants_instrument(const std::string& id) const {
  return query_.instruments.empty() ||
         std::binary_search(query_.instruments.begin(), query_.instruments.end(), id);
}

bool RowFilter::wants_factor(const std::string& id) const {
  return !query_.factors ||
         std::find(query_.factors->begin(), query_.factors->end(), id) != query_.factors->end();
}

std::vector<std::uint32_t> RowFilter::select(ColumnBatch& batch) const {
  if (batch.data_set == DataSet::kSnapshots && query_.factors) select_items(batch);
  std::vector<char> instruments;
  for (const auto& id : *batch.instrument_ids) instruments.push_back(wants_instrument(id) ? 1 : 0);
  std::vector<char> factors;
  const bool by_factor = query_.factors && (batch.data_set == DataSet::kUpdates ||
                                            batch.data_set == DataSet::kVectors);
  if (by_factor)
    for (const auto& id : *batch.factor_ids) factors.push_back(wants_factor(id) ? 1 : 0);
  const bool by_items = query_.factors && batch.data_set == DataSet::kSnapshots;

  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
    const auto sequence = batch.sequences[row];
    if (instruments[batch.instruments[row]] == 0 || sequence < query_.first_sequence ||
        sequence > query_.last_sequence || !wants_time(batch.timestamps[row])) {
      continue;
    }
    if (by_factor && factors[batch.factors[row]] == 0) continue;
    if (by_items && batch.offsets[row] == batch.offsets[row + 1]) continue;
    rows.push_back(row);
  }
  return rows;
}

void RowFilter::select_items(ColumnBatch& batch) const {
  std::vector<char> wanted;
  for (const auto& id : *batch.factor_ids) wanted.push_back(wants_factor(id) ? 1 : 0);
  std::size_t kept = 0;
  std::uint64_t begin = 0;
  for (std::size_t row = 0; row + 1 < batch.offsets.size(); ++row) {
    const auto end = batch.offsets[row + 1];
    for (auto i = begin; i < end; ++i) {
      if (wanted[batch.factors[i]] == 0) continue;
      batch.factors[kept] = batch.factors[i];
      batch.values[kept++] = batch.values[i];
    }
    begin = end;
    batch.offsets[row + 1] = kept;
  }
  batch.factors.resize(kept);
  batch.values.resize(kept);
}

std::vector<TickColumn> RowFilter::columns(const Manifest& manifest) const {
  std::vector<TickColumn> columns;
  if (query_.inputs) add_named(*query_.inputs, false, manifest, columns);
  for (const auto& column : manifest.columns)
    if (!column.is_factor && !query_.inputs) columns.push_back(column);
  if (query_.factors) add_named(*query_.factors, true, manifest, columns);
  for (const auto& column : manifest.columns)
    if (column.is_factor && !query_.factors) columns.push_back(column);
  return columns;
}

std::vector<std::size_t> RowFilter::places(const std::vector<TickColumn>& columns,
                                           const PartSchema& schema) {
  std::vector<std::size_t> places;
  for (const auto& column : columns) {
    const auto found = std::find(schema.columns.begin(), schema.columns.end(), column);
    places.push_back(found == schema.columns.end()
                         ? kMissingColumn
                         : static_cast<std::size_t>(found - schema.columns.begin()));
  }
  return places;
}

}  // namespace factorwal::archive
