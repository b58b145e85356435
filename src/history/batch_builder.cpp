#include "history/batch_builder.h"

#include <algorithm>
#include <limits>

namespace factorwal::history {
namespace {

/// Items of vectors and snapshots after which a batch takes no further row.
constexpr std::size_t kItemsMax = std::size_t{1} << 20;

constexpr RecordType type_of(DataSet set) noexcept {
  switch (set) {
    case DataSet::kTicks: return RecordType::kTick;
    case DataSet::kUpdates: return RecordType::kUpdate;
    case DataSet::kVectors: return RecordType::kVectorUpdate;
    case DataSet::kSnapshots: break;
  }
  return RecordType::kSnapshot;
}

bool has_items(DataSet set) noexcept {
  return set == DataSet::kVectors || set == DataSet::kSnapshots;
}

/// Calls `f` with each vector that has an entry a row. Offsets of items have one more.
template <class Batch, class F>
void for_row_vectors(Batch& batch, F&& f) {
  f(batch.instruments);
  f(batch.timestamps);
  if (batch.has_sequences) f(batch.sequences);
  switch (batch.data_set) {
    case DataSet::kTicks:
      f(batch.ordinals);
      f(batch.counted);
      for (auto& column : batch.columns) f(column.values);
      break;
    case DataSet::kUpdates:
      f(batch.factors);
      f(batch.values);
      break;
    case DataSet::kVectors: f(batch.factors); break;
    case DataSet::kSnapshots: f(batch.checkpoint_ids); break;
  }
}

/// Vectors that the data set does not have end up empty.
void clear_others(ColumnBatch& batch) {
  const auto set = batch.data_set;
  if (set != DataSet::kTicks) {
    batch.ordinals.clear();
    batch.counted.clear();
    batch.columns.clear();
  }
  if (set != DataSet::kUpdates) batch.values.clear();
  if (set == DataSet::kTicks || set == DataSet::kSnapshots) batch.factors.clear();
  if (set != DataSet::kSnapshots) batch.checkpoint_ids.clear();
  batch.offsets.clear();
  if (has_items(set)) batch.offsets.push_back(0);
}

}  // namespace

BatchBuilder::BatchBuilder(Projection& projection)
    : projection_(projection), type_(type_of(projection.query.data_set)) {}

void BatchBuilder::begin(ColumnBatch& batch) {
  batch_ = &batch;
  rows_ = 0;
  batch.data_set = projection_.query.data_set;
  batch.has_sequences = projection_.query.sequences;
  if (!batch.has_sequences) batch.sequences.clear();
  batch.instrument_ids = nullptr;
  batch.factor_ids = nullptr;
  clear_others(batch);
  auto& columns = projection_.columns;
  if (!columns.fit(batch.columns)) batch.columns = columns.make();
}

void BatchBuilder::finish() {
  for_row_vectors(*batch_, [&](auto& vector) { vector.resize(rows_); });
  batch_->instrument_ids = projection_.instrument_ids.share();
  if (type_ != RecordType::kTick) batch_->factor_ids = projection_.factor_ids.share();
  batch_ = nullptr;
}

std::size_t BatchBuilder::room() const noexcept {
  const auto most = projection_.query.batch_rows;
  const bool out_of_items = has_items(batch_->data_set) && batch_->values.size() >= kItemsMax;
  return rows_ >= most || out_of_items ? 0 : most - rows_;
}

std::size_t BatchBuilder::add_rows(std::size_t count) {
  const auto first = rows_;
  rows_ += count;
  // Grown in steps; memory that was there before is not written again. A batch that grows will
  // likely be full: then it is not moved any more.
  for_row_vectors(*batch_, [&](auto& vector) {
    if (vector.size() >= rows_) return;
    const auto most = std::max(projection_.query.batch_rows, rows_);
    if (rows_ > most / 8) vector.reserve(most);
    vector.resize(std::min(most, std::max(rows_, vector.size() * 2)));
  });
  return first;
}

void BatchBuilder::copy_rows(const ColumnBatch& source, std::size_t first, std::size_t count) {
  const auto to = add_rows(count);
  std::vector<const void*> from;
  for_row_vectors(source, [&](const auto& vector) { from.push_back(vector.data() + first); });
  auto next = from.begin();
  for_row_vectors(*batch_, [&](auto& vector) {
    using Value = typename std::remove_reference_t<decltype(vector)>::value_type;
    std::copy_n(static_cast<const Value*>(*next++), count, vector.data() + to);
  });
}

void BatchBuilder::add(const LogRecord& record) {
  if (!takes(record)) return;
  switch (type_) {
    case RecordType::kTick: add_tick(record); break;
    case RecordType::kUpdate: add_update(record); break;
    case RecordType::kVectorUpdate: add_vector(record); break;
    default: add_snapshot(record); break;
  }
}

bool BatchBuilder::takes(const LogRecord& record) {
  if (record.type != type_ || !projection_.takes_sequence(record.sequence)) return false;
  if (!projection_.times.takes(record.timestamp_ns)) return false;
  if (!projection_.instruments.takes(record.instrument.index, record.instrument_id)) return false;
  return type_ == RecordType::kTick || type_ == RecordType::kSnapshot ||
         projection_.factors.takes(record.factor.index, record.factor_id);
}

void BatchBuilder::put_row(const LogRecord& record, std::size_t row) {
  batch_->instruments[row] =
      projection_.instrument_ids.place(record.instrument.index, record.instrument_id);
  batch_->timestamps[row] = record.timestamp_ns;
  if (batch_->has_sequences) batch_->sequences[row] = record.sequence;
}

void BatchBuilder::add_tick(const LogRecord& record) {
  const auto& places = projection_.columns.of(record.layout_handle, *record.layout);
  const auto row = add_rows(1);
  const auto put = [&](std::uint32_t column, double value) {
    if (column != TickColumns::kNone) batch_->columns[column].values[row] = value;
  };
  const auto* column = places.columns.data();
  for (const auto value : record.fields) put(*column++, value);
  for (const auto value : record.values) put(*column++, value);
  for (const auto missing : places.missing) put(missing, kMissingNumber);
  batch_->ordinals[row] = record.tick_number.ordinal;
  batch_->counted[row] = record.tick_number.counted ? 1 : 0;
  put_row(record, row);
}

void BatchBuilder::add_update(const LogRecord& record) {
  const auto row = add_rows(1);
  batch_->factors[row] = projection_.factor_ids.place(record.factor.index, record.factor_id);
  batch_->values[row] = record.value;
  put_row(record, row);
}

void BatchBuilder::add_vector(const LogRecord& record) {
  const auto row = add_rows(1);
  batch_->factors[row] = projection_.factor_ids.place(record.factor.index, record.factor_id);
  batch_->values.insert(batch_->values.end(), record.values.begin(), record.values.end());
  batch_->offsets.push_back(batch_->values.size());
  put_row(record, row);
}

void BatchBuilder::add_snapshot(const LogRecord& record) {
  const auto before = batch_->values.size();
  for (const auto& item : record.factors) {
    if (!projection_.factors.takes(item.factor.index, item.factor_id)) continue;
    batch_->factors.push_back(projection_.factor_ids.place(item.factor.index, item.factor_id));
    batch_->values.push_back(item.value);
  }
  if (batch_->values.size() == before && !projection_.factors.all()) return;
  const auto row = add_rows(1);
  batch_->checkpoint_ids[row] = record.checkpoint_id;
  batch_->offsets.push_back(batch_->values.size());
  put_row(record, row);
}

}  // namespace factorwal::history
